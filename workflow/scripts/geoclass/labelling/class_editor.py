"""The list of classes in a store of labels: add, rename, recolour, delete."""

import colorsys
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from geoclass.core import files, label_store, layer_styles, surface_classes
from geoclass.labelling.gpkg import LabelFile


class LabelClasses:
    """The classes of an open store. A class that has been deleted is kept aside, since the history may still name it.

    Attributes
    ----------
    on_change
        Called within the transaction of every change but `take_over`; when it fails, nothing has changed.
    """

    def __init__(self, file: LabelFile):
        self._file, self.on_change = file, lambda: None

    def frame(self) -> pd.DataFrame:
        """Return the classes: class_id, class_name, colour, description and n_labels, how many tiles have them."""
        return self._file.frame(
            "SELECT class_id, class_name, colour, description, (SELECT count(*) FROM labels WHERE labels.class_id = "
            "classes.class_id) AS n_labels FROM classes WHERE NOT deleted ORDER BY class_id"
        )

    def add(self, name: str, colour: str, description: str = "") -> int:
        """Add a class and return its id; a class of that name that was deleted comes back.

        Raises
        ------
        ValueError
            A name or colour that is unusable or taken, or no id left.
        """
        name = _usable_name(name)
        with self._changing():
            known = {row[1].lower(): row for row in self._file.rows("SELECT class_id, class_name, deleted FROM classes")}
            class_id, _, deleted = known.get(name.lower(), (None, None, True))
            if not deleted:
                raise ValueError(f"class {name}: there is one already, expected another name; choose one")
            taken = {row[0] for row in known.values()}
            above = max(taken, default=0) + 1
            class_id = class_id or (above if above <= 254 else min(set(range(1, 256)) - taken))
            if class_id > 254:
                raise ValueError("class ids 1 to 254 are all taken, expected a free one; rename a class that is not used")
            values = (class_id, name, self._usable_colour(colour, class_id), " ".join(description.split()))
            self._file.database.execute(
                "REPLACE INTO classes (class_id, class_name, colour, description) VALUES (?, ?, ?, ?)", values
            )
        return class_id

    def rename(self, class_id: int, name: str) -> None:
        """Give a class another name; its labels follow."""
        name = _usable_name(name)
        with self._changing():
            self._name_of(class_id)
            others = self._file.rows("SELECT class_name FROM classes WHERE class_id != ?", class_id)
            if name.lower() in (other.lower() for (other,) in others):  # SQLite knows cases of ASCII alone
                raise ValueError(f"class {name}: there is or was one already, expected another name; choose one")
            self._file.database.execute("UPDATE classes SET class_name = ? WHERE class_id = ?", (name, class_id))

    def recolour(self, class_id: int, colour: str) -> None:
        """Give a class another colour, #rrggbb."""
        with self._changing():
            self._name_of(class_id)
            values = (self._usable_colour(colour, class_id), class_id)
            self._file.database.execute("UPDATE classes SET colour = ? WHERE class_id = ?", values)

    def delete(self, class_id: int) -> None:
        """Take a class out of the list; an undo that brings back a label of it brings the class back too.

        Raises
        ------
        ValueError
            Tiles have that class.
        """
        with self._changing():
            name = self._name_of(class_id)
            ((n,),) = self._file.rows("SELECT count(*) FROM labels WHERE class_id = ?", class_id)
            if n:
                raise ValueError(f"class {name}: {n} tiles have it, expected none before it is deleted; clear or relabel them")
            self._file.database.execute("UPDATE classes SET deleted = 1 WHERE class_id = ?", (class_id,))

    def take_over(self, table: pd.DataFrame, where: str) -> None:
        """Make the list that of a table, see `classlist.read`; classes that it lacks are deleted.

        Raises
        ------
        ValueError
            Tiles have a class that the table lacks or gives another id; the sentence begins with `where`.
        """
        with self._file.writing():
            had = "SELECT class_id, class_name, count(*) FROM labels JOIN classes USING (class_id) GROUP BY class_id"
            of_labels = self._file.rows(had)
            label_store.check_ids({class_id: name for class_id, name, _ in of_labels}, table, where, self._file.path)
            for class_id, name, n in of_labels:
                if class_id not in set(table["class_id"]):
                    raise ValueError(
                        f"{where}: no class {class_id}, expected it since {n} tiles are labelled {name}; add its row"
                    )
            write = self._file.database
            # Names are unique, also among deleted classes, and may have gone from one class to another.
            write.execute("UPDATE classes SET deleted = 1, class_name = 'was ' || class_id || ' ' || class_name")
            rows = table[surface_classes.COLUMNS].astype(object).itertuples(index=False)
            write.executemany("REPLACE INTO classes (class_id, class_name, colour, description) VALUES (?, ?, ?, ?)", rows)
            kept = "UPDATE OR IGNORE classes SET class_name = substr(class_name, 6 + length(class_id)) WHERE deleted"
            write.execute(kept)
            self._restyle()

    def write(self, path: str | Path, like: str | Path | None = None) -> None:
        """Write the classes as the table that the workflow reads; observed is that of the table `like`, or of the file."""
        table, before = self.frame()[surface_classes.COLUMNS], Path(like or path)
        known = surface_classes.read(before) if before.is_file() else None
        if known is not None and not known[surface_classes.OBSERVED].all():
            hidden = known["class_id"][~known[surface_classes.OBSERVED]]
            table[surface_classes.OBSERVED] = table["class_id"].isin(hidden).map({True: "no", False: "yes"})
        with files.replacing(path) as temporary:
            table.to_csv(temporary, sep="\t", index=False)

    def bring_back(self) -> None:
        """Undelete the classes that labels have again, in a colour that no other class has got since; within a transaction."""
        taken = {colour for (colour,) in self._file.rows("SELECT colour FROM classes WHERE NOT deleted")}
        used = self._file.rows("SELECT class_id, colour FROM classes WHERE deleted AND class_id IN (SELECT class_id FROM labels)")
        for class_id, colour in used:
            free = colour if colour not in taken else next(other for other in _colours() if other not in taken)
            taken.add(free)
            self._file.database.execute("UPDATE classes SET deleted = 0, colour = ? WHERE class_id = ?", (free, class_id))
        if used:
            self._restyle()
            self.on_change()

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Make one transaction of a change and of `on_change`: both succeed or neither does, and other writers wait."""
        with self._file.writing():
            yield
            self._restyle()
            self.on_change()

    def _restyle(self) -> None:
        """Give the layer its classes' colours in QGIS; stores of earlier versions, which have no style, get one."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        layer_styles.write(self._file.database, "labels", layer_styles.qml(self.frame(), "class_id"), now)

    def _name_of(self, class_id: int) -> str:
        found = self._file.rows("SELECT class_name FROM classes WHERE class_id = ? AND NOT deleted", class_id)
        if not found:
            raise ValueError(f"class {class_id}: not in the list of classes, expected one that is; reload the list")
        return found[0][0]

    def _usable_colour(self, colour: str, class_id: int) -> str:
        colour = colour.strip().lower()
        if not re.fullmatch(surface_classes.COLOUR, colour):
            raise ValueError(f"colour is {colour!r}, expected #rrggbb, such as #4daf4a")
        query = "SELECT class_name FROM classes WHERE colour = ? AND class_id != ? AND NOT deleted"
        for (name,) in self._file.rows(query, colour, class_id):
            raise ValueError(f"colour {colour}: that of class {name}, expected one of its own; choose another")
        return colour


def _usable_name(name: str) -> str:
    name = name.strip()
    problem = surface_classes.name_problem(name)
    if problem:
        raise ValueError(f"class_name is {name!r}, {problem}; choose another")
    return name


def _colours() -> Iterator[str]:
    """Yield colours a golden angle of hue apart, paler after every fifty."""
    for number in range(1 << 16):
        rgb = colorsys.hsv_to_rgb(number * 0.61803398875 % 1, 0.75 - number // 50 % 5 * 0.1, 0.9)
        yield "#" + "".join(f"{round(255 * part):02x}" for part in rgb)
