"""Which scene a label means, by the scene's id or by its file."""

import difflib
from itertools import takewhile
from pathlib import PurePosixPath

import pandas as pd


def scenes_of(items: pd.DataFrame, images: dict[str, str], source: str) -> list[str]:
    """Return the scene of every item, which names it by id or by the scene's file; a lone scene need not be named.

    Files of one name are told apart by their folders: the scene is the one whose path ends as the written one for longest.

    Parameters
    ----------
    items
        Items of a source, see `label_sources.read`; their index counts the rows.
    images
        File of each labelled scene, by its id.
    source
        Name of the source, for messages.

    Raises
    ------
    ValueError
        No scene where there are several, an unknown one, a name that stands for two, or two files that stand for one.
    """
    found = {name: _scene(name, images, f"{source}: row {row + 1}") for row, name in items["scene"].drop_duplicates().items()}
    paths: dict[str, str] = {}
    for name, scene in found.items():
        if len(_parts(name)) > 1 and (other := paths.setdefault(scene, name)) != name:
            raise ValueError(
                f"{source}: {other} and {name} would both be scene {scene} ({images[scene]}), expected a scene for each; mark the other "
                "as labelled in the table of scenes, or take its labels out"
            )
    return [found[name] for name in items["scene"]]


def _scene(name: str, images: dict[str, str], where: str) -> str:
    """Return the scene that a name means."""
    known = ", ".join(images)
    if not name and len(images) == 1:
        return known
    if not name:
        raise ValueError(f"{where}: no scene, expected one of {known}; fill in the column scene")
    if name in images:
        return name
    shared = {scene: n for scene, path in images.items() if (n := _shared(_parts(name), _parts(path)))}
    if not shared:
        names = [text for scene, path in images.items() for text in (scene, PurePosixPath(_parts(path)[0]).stem, _parts(path)[0])]
        close = difflib.get_close_matches(name, names, n=1)
        advice = f"did you mean {close[0]}?" if close else "correct it, or mark the scene as labelled in the table of scenes"
        raise ValueError(f"{where}: scene {name}, expected one of the labelled scenes, {known or 'none'}; {advice}")
    best = [scene for scene, n in shared.items() if n == max(shared.values())]
    if len(best) > 1:
        raise ValueError(
            f"{where}: scene {name}, the file of {best[0]} ({images[best[0]]}) and of {best[1]} ({images[best[1]]}), expected one of "
            "them; write its id or more of its path"
        )
    return best[0]


def _parts(path: str) -> list[str]:
    """Return the parts of a path of any system, the name of the file first."""
    return [part for part in path.replace("\\", "/").split("/") if part][::-1]


def _shared(written: list[str], path: list[str]) -> int:
    """Return how many parts two paths share from their end; a file may be written without its suffix."""
    if not written or written[0] not in (path[0], PurePosixPath(path[0]).stem):
        return 0
    return 1 + sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(written[1:], path[1:], strict=False)))
