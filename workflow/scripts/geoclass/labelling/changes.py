"""What the labelling page changes: labels and classes, in the store of labels."""

import threading
from collections.abc import Callable

import pandas as pd

from geoclass.labelling import requests
from geoclass.labelling.scene_data import Scenes
from geoclass.labelling.store import Change, LabelStore

REMEMBERED = 10_000  # changes whose names are known, should they be sent again
SHOWN_CHANGES = 200  # batches of the history in the page


class Changes:
    """Answers to requests that change labels or classes, and to those for what has changed.

    Parameters
    ----------
    scenes
        The series.
    store
        Where labels are kept.
    write_classes
        Called when the list of classes changes, to write it where the workflow reads it; where it fails, nothing has changed.
    """

    def __init__(self, scenes: Scenes, store: LabelStore, write_classes: Callable[[], None]):
        self.scenes, self.store = scenes, store
        self._one_at_a_time, self._made = threading.Lock(), dict[str, Change]()
        store.classes.on_change = write_classes

    def labels(self, sent: dict, _author: str) -> dict:
        """Return the labels that have changed since an entry of the history, and the classes."""
        return self._since(sent)

    def set_labels(self, sent: dict, author: str) -> dict:
        """Label tiles."""
        names, class_id = requests.tile_ids(sent), requests.whole(sent, "class_id")
        tiles = self._tiles(names).assign(class_id=class_id)
        note = requests.note(sent)
        return self._changed(sent, lambda: self.store.set_labels(tiles, author, note=note))

    def accept(self, sent: dict, author: str) -> dict:
        """Take what a model says of tiles as their labels, where it is sure enough, marked as the model's."""
        frame, model = self.scenes.predictions(sent["scene"], sent["model"])
        tiles, least = self._tiles(requests.tile_ids(sent)), requests.real(sent, "minimum_confidence")
        foreign = tiles["tile_id"][tiles["scene"] != sent["scene"]]
        if len(foreign):
            raise ValueError(f"tile {foreign.iloc[0]}: of another scene, expected tiles of {sent['scene']}; choose others")
        tiles = tiles.join(frame[["class_id", "confidence"]], on="tile_id")
        sure = tiles[tiles["class_id"].notna() & (tiles["confidence"] >= least)]
        origin = f"{model['id']}, round {self.store.round_of(model['id'])}"
        return self._changed(sent, lambda: self.store.set_labels(sure, author, origin))

    def clear(self, sent: dict, author: str) -> dict:
        """Take the labels off tiles."""
        names = requests.tile_ids(sent)
        return self._changed(sent, lambda: self.store.clear(names, author))

    def undo(self, sent: dict, author: str) -> dict:
        """Take back the author's last batch."""
        return self._changed(sent, lambda: self.store.undo(author))

    def redo(self, sent: dict, author: str) -> dict:
        """Do again what the author took back last."""
        return self._changed(sent, lambda: self.store.redo(author))

    def restore(self, sent: dict, author: str) -> dict:
        """Bring all labels back as they were after an entry of the history."""
        entry = requests.whole(sent, "entry")
        return self._changed(sent, lambda: self.store.restore(entry, author))

    def history(self, _sent: dict, _author: str) -> list[dict]:
        """Return the latest batches, newest first, with the last entry before each, to which labels can be brought back."""
        return requests.records(self.store.batches(SHOWN_CHANGES))

    def _tiles(self, names: list[str]) -> pd.DataFrame:
        """Return tiles as the store takes them: tile_id, scene, geometry."""
        found = pd.DataFrame([self.scenes.tile(name) for name in names], columns=["scene", "position"]).assign(tile_id=names)
        shapes = pd.Series(index=found.index, dtype=object)
        for scene, part in found.groupby("scene"):
            shapes[part.index] = self.scenes.footprints(scene, part["position"].to_numpy(), self.store.crs_wkt)
        return found.assign(geometry=shapes)

    def _changed(self, sent: dict, make: Callable[[], Change]) -> dict:
        """Make a change, once: a page that has missed the answer to one sends it again, under the name that it has given it."""
        name = requests.text(sent, "change", "")
        with self._one_at_a_time:
            change = self._made.get(name) if name else None
            if change is None:
                change = make()
                self._made[name] = change
                while len(self._made) > REMEMBERED:
                    self._made.pop(next(iter(self._made)))
        return {"batch": change.batch, "n_tiles": len(change.tile_ids)} | self._since(sent)

    def _since(self, sent: dict) -> dict:
        since = self.store.changes(requests.whole(sent, "after", 0))
        return {
            "last": since.last,
            "labels": requests.records(since.labels),
            "cleared": since.cleared,
            "classes": self._classes(),
        }

    def add_class(self, sent: dict, _author: str) -> list[dict]:
        """Add a class."""
        name, colour, description = (requests.text(sent, key, "") for key in ("name", "colour", "description"))
        self.store.classes.add(name, colour, description)
        return self._classes()

    def change_class(self, sent: dict, _author: str) -> list[dict]:
        """Rename or recolour a class."""
        class_id = requests.whole(sent, "class_id")
        if "name" in sent:
            self.store.classes.rename(class_id, requests.text(sent, "name"))
        else:
            self.store.classes.recolour(class_id, requests.text(sent, "colour"))
        return self._classes()

    def delete_class(self, sent: dict, _author: str) -> list[dict]:
        """Delete a class that no tile has."""
        self.store.classes.delete(requests.whole(sent, "class_id"))
        return self._classes()

    def _classes(self) -> list[dict]:
        return self.store.classes.frame().to_dict("records")
