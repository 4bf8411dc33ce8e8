"""Write a table of scenes from a folder: `make scenes FOLDER=/data/deliveries TABLE=config/my_scenes.tsv`."""

import sys
from pathlib import Path

from geoclass.core import files, log
from geoclass.scenes import survey

SETTINGS = {"band": None, "grid": "native"}  # of ingest_scene, as long as there is no file of settings


def make_scene_table(folder: str, table: str) -> None:
    """Write the table of scenes of a folder; what would be refused is a comment with the reason, and so is what is known of each scene.

    Parameters
    ----------
    folder
        Rasters, in it and in folders below it.
    table
        TSV to write; one that is there already is kept. Every scene counts as labelled, as without this column.

    Raises
    ------
    ValueError
        Nothing given for one of the two, no such folder, no raster in it, or a table that is there.
    """
    if not folder or not table:  # an empty path would be the folder where make runs, with the maps of all results in it
        raise ValueError(
            f"FOLDER={folder} TABLE={table}: one is empty, expected a folder and a file to write; give both to make scenes"
        )
    if not Path(folder).is_dir():
        raise ValueError(f"{folder}: no such folder, expected one with scenes; correct FOLDER")
    if Path(table).exists():
        raise ValueError(f"{table}: there already, and may hold your own edits; name another file with TABLE")
    found = [survey.look(path, SETTINGS) for path in survey.rasters(folder)]
    if not found:
        raise ValueError(f"{folder}: no raster ({', '.join(survey.SUFFIXES)}), expected scenes; name another folder")
    good = sorted((one for one in found if not one.problems), key=lambda one: (one.date, one.path))
    bad = [one for one in found if one.problems]
    lines = ["scene\tpath\tdate\tmask\tlabelled"]
    for name, one in zip(survey.names(good), good, strict=True):
        lines += [f"# {one}", f"{name}\t{one.path}\t{one.date}\t\tyes"]
    for one in bad:
        lines += [f"# refused: {problem}" for problem in one.problems]
    with files.replacing(table) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
    log.logger.info(
        "%s: %d scenes, %d refused with their reasons; empty labelled of scenes that no labels lie in", table, len(good), len(bad)
    )
    for one in bad:
        log.logger.info("refused: %s", "; ".join(one.problems))


if __name__ == "__main__":
    with log.job("results/logs/make_scene_table.log"):
        if len(sys.argv) != 3:
            raise ValueError("make_scene_table: expected a folder and the table to write; make scenes FOLDER=... TABLE=...")
        make_scene_table(*sys.argv[1:])
