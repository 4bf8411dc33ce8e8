"""What the labelling page shows, put as the browser needs it."""

from collections.abc import Iterable

import pandas as pd
from starlette.responses import Response

from geoclass.labelling import ground, image_tiles, requests
from geoclass.labelling.scene_data import STRUCTURE, Scenes, read_row
from geoclass.labelling.store import LabelStore

PAIR = ("variomlp", "resnet18")  # whose disagreement is shown


class Views:
    """Answers to requests that change nothing.

    Parameters
    ----------
    scenes
        The series.
    store
        Where labels are kept.
    labelled
        Scenes whose labels are used for training.
    """

    def __init__(self, scenes: Scenes, store: LabelStore, labelled: Iterable[str]):
        self.scenes, self.store, self.labelled = scenes, store, set(labelled)

    def series(self, _sent: dict, author: str) -> dict:
        """Return scenes, classes and who labels."""
        found = []
        for name in self.scenes.names:
            facts = self.scenes.facts(name)
            kept = {key: facts.get(key) for key in ("scene", "date", "sensor", "synthetic")}
            found.append(kept | {"models": self.scenes.models(name), "trains": name in self.labelled})
        return {
            "scenes": found,
            "classes": self.store.classes.frame().to_dict("records"),
            "author": author,
            "store": str(self.store.path),
        }

    def scene(self, sent: dict, _author: str) -> dict:
        """Return what the map needs of a scene: size, coordinates, stretch, outline of the region of interest, tiles."""
        name = sent["scene"]
        facts, tiles = self.scenes.facts(name), self.scenes.tiles(name)
        keys = ("scene", "date", "height_px", "width_px", "transform", "epsg", "pixel_height_m", "pixel_width_m", "radiometry")
        kept = {key: facts.get(key) for key in keys}
        low, high = image_tiles.percentiles(self.scenes.image(name), 0, 0, facts["width_px"], facts["height_px"])
        frame, (height, width) = tiles.frame, tiles.size
        return (
            kept
            | ground.orientation(facts)
            | {
                "stretch": [low, high],
                "side": image_tiles.SIDE,
                "roi": self.scenes.outline(name),
                "models": self.scenes.models(name),
                "tile_height_px": height,
                "tile_width_px": width,
                "tile_ids": frame["tile_id"].tolist(),
                "row_px": frame["row_px"].tolist(),
                "column_px": frame["column_px"].tolist(),
            }
        )

    def image(self, sent: dict, _author: str) -> Response:
        """Return an image tile."""
        level, column, row = (requests.whole(sent, key) for key in ("level", "column", "row"))
        content = image_tiles.piece(self.scenes.image(sent["scene"]), level, column, row, *requests.stretch(sent))
        return Response(content, media_type="image/jpeg", headers={"cache-control": "private, max-age=3600"})

    def stretch(self, sent: dict, _author: str) -> list[float]:
        """Return the counts that stretch a part of the scene."""
        box = [requests.real(sent, key) for key in ("left", "top", "right", "bottom")]
        return list(image_tiles.percentiles(self.scenes.image(sent["scene"]), *box))

    def predictions(self, sent: dict, _author: str) -> dict:
        """Return what a model says of the tiles of a scene, in their order."""
        frame, model = self.scenes.predictions(sent["scene"], sent["model"])
        names = {"class_id": 0, "confidence": 3, "dissimilarity": 2, "applicable": 0}
        return {"model_id": model["id"]} | {name: requests.plain(frame[name], digits) for name, digits in names.items()}

    def disagreement(self, sent: dict, _author: str) -> list:
        """Return how far VarioMLP and ResNet-18 are apart on the tiles of a scene, 0 to 1."""
        return requests.plain(self.scenes.disagreement(sent["scene"], *PAIR), 3)

    def structure(self, sent: dict, _author: str) -> dict:
        """Return crevasse orientation, spacing and anisotropy of the tiles of a scene."""
        frame = self.scenes.structure(sent["scene"])
        return {name: requests.plain(frame[name], 2) for name in STRUCTURE}

    def difference(self, sent: dict, _author: str) -> dict:
        """Return what a model said of the same places at another date: class_id and confidence, by the tiles of the scene."""
        there, _ = self.scenes.predictions(sent["other"], sent["model"])
        where = self.scenes.same_place(sent["scene"], sent["other"])
        seen = there.iloc[where].reset_index(drop=True)
        seen.loc[where < 0, ["class_id", "confidence"]] = None
        return {"class_id": requests.plain(seen["class_id"], 0), "confidence": requests.plain(seen["confidence"], 3)}

    def select(self, sent: dict, _author: str) -> dict:
        """Return the tiles whose centre lies in a polygon."""
        return {"tile_ids": self.scenes.inside(sent["scene"], requests.polygon(sent))}

    def tile(self, sent: dict, _author: str) -> dict:
        """Return all that is known of a tile."""
        name, position = self.scenes.tile(sent["tile_id"])
        place = self.scenes.tiles(name).frame.iloc[position]
        structure = self.scenes.structure(name).iloc[position]
        vario = self.scenes.vario(name, position)
        # Significant digits: v is of the order of 1e5 for counts, 1e-3 for reflectances.
        curves = [[None if pd.isna(v) else float(f"{v:.4g}") for v in curve] for curve in vario["values"]]
        return {
            "tile_id": sent["tile_id"],
            "scene": name,
            "position": position,
            "x_m": place["x_m"],
            "y_m": place["y_m"],
            "valid_share": round(float(place["valid_share"]), 4),
            **{key: requests.plain(structure[[key]], 2)[0] for key in (*STRUCTURE, "grid_north_deg")},
            "structure_status": structure["structure_status"] if isinstance(structure["structure_status"], str) else "",
            "vario": vario | {"values": curves},
            "predictions": self._said(name, position),
            "history": requests.records(
                self.store.history(sent["tile_id"], 10)[["kind", "by", "at", "class_id", "origin", "note"]]
            ),
        }

    def other_date(self, sent: dict, _author: str) -> dict:
        """Return the tile at the same place on another date, its label, what models say of it, and the stretch of that scene."""
        other = sent["other"]
        facts, found = self.scenes.facts(other), ground.other_date(self.scenes, sent["tile_id"], other)
        if found is None:
            return {"tile_id": None}
        labels = self.store.labels(other)
        label = labels.loc[labels["tile_id"] == found, "class_id"]
        return {
            "tile_id": found,
            "date": facts.get("date"),
            "class_id": int(label.iloc[0]) if len(label) else None,
            "stretch": list(image_tiles.percentiles(self.scenes.image(other), 0, 0, facts["width_px"], facts["height_px"])),
            "predictions": self._said(other, self.scenes.tile(found)[1]),
        }

    def targets(self, _sent: dict, _author: str) -> dict:
        """Return in how many places each class is labelled, and how many labels and places of each are wanted."""
        places = ground.places(self.scenes, self.store.labels())
        return {"labels": ground.WANTED_LABELS, "places": ground.WANTED_PLACES, "found": places}

    def _said(self, name: str, position: int) -> dict:
        """Return what each model says of a tile: its class, how sure, and the three most probable classes."""
        tile_id, said = self.scenes.tiles(name).frame["tile_id"].iloc[position], {}
        for model in self.scenes.models(name):
            frame, about = self.scenes.predictions(name, model)
            path = self.scenes.results / "classes" / model / f"{name}.parquet"
            row = read_row(path, tile_id, ["probabilities"])
            if row is None or pd.isna(frame["class_id"].iloc[position]):
                continue
            shares = zip([entry["class_id"] for entry in about["classes"]], requests.plain(row["probabilities"], 4), strict=True)
            kept = {key: requests.plain(frame[key].iloc[[position]], 4)[0] for key in ("class_id", "confidence", "applicable")}
            said[model] = kept | {"probabilities": sorted(shares, key=lambda pair: -(pair[1] or 0))[:3]}
        return said

    def tile_image(self, sent: dict, _author: str) -> Response:
        """Return a tile at full size."""
        name, position = self.scenes.tile(sent["tile_id"])
        tiles = self.scenes.tiles(name)
        place = tiles.frame.iloc[position]
        window = int(place["row_px"]), int(place["column_px"]), *tiles.size
        content = image_tiles.window(self.scenes.image(name), *window, *requests.stretch(sent))
        return Response(content, media_type="image/png", headers={"cache-control": "private, max-age=3600"})

    def queue(self, _sent: dict, _author: str) -> list[dict]:
        """Return the tiles worth labelling next, best first; none where no queue has been made."""
        return self._list("queue", ["tile_id", "scene", "rank", "reason", "class_id", "confidence"], "rank")

    def label_errors(self, _sent: dict, _author: str) -> list[dict]:
        """Return labels that the models doubt, the most doubtful first; none where none have been looked for."""
        return self._list("label_errors", ["tile_id", "scene", "class_id", "proposed_id", "score"], "score")

    def _list(self, name: str, columns: list[str], order: str) -> list[dict]:
        path = self.scenes.results / "labels" / f"{name}.parquet"
        if not path.is_file():
            return []
        frame = pd.read_parquet(path, columns=columns).sort_values([order, "tile_id"])
        return requests.records(frame[frame["scene"].isin(self.scenes.names)])
