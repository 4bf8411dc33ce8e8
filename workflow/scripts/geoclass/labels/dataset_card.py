"""The card of a data set: what is in it, from where, under which licence, and a hash to tell it by, in Markdown."""

from pathlib import Path

import pandas as pd

from geoclass.core import files, surroundings, tables

SUMS = "SHA256SUMS"
TITLE = "Tiles of glacier ice with their classes"
CONTENTS = {
    "images": "`<class>/<tile_id>.png`: 8 bits, counts scaled by the radiometry of the scene; invalid pixels are transparent",
    "georeferenced": "`<class>/<tile_id>.tif`: counts as they are, with place; the radiometry stands in the tags",
    "labels.gpkg": "footprints with class, origin and confidence, for QGIS, in the colours of the classes",
    "labels.geojson": "the same in longitude and latitude",
    "labels.parquet": "the same as GeoParquet",
    "coco.json": "COCO: one image and one box a tile; files are those of `images`",
    "label_studio.json": "tasks of Label Studio, with people's labels as annotations and predictions of models as such; this folder is its "
    "root of local files",
    "label_studio.xml": "labelling interface of a Label Studio project for these classes",
}


def write(folder: Path, tiles: pd.DataFrame, tile_tables: list[str], classes: pd.DataFrame, settings: dict, credits: str) -> str:
    """Write the checksums of all files of a data set, and its card.

    Parameters
    ----------
    folder
        The data set, complete but for these two files.
    tiles
        Its tiles, as `exports.gather` returns them, with class_name.
    tile_tables
        Tile tables of their scenes.
    classes
        The table of classes.
    settings
        Section export_labels of the config.
    credits
        Line of credits of the images.

    Returns
    -------
    str
        The hash of the data set: the SHA-256 of its list of checksums.
    """
    found = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    (folder / SUMS).write_text("".join(f"{files.fingerprint(folder / name)}  {name}\n" for name in found), encoding="utf-8")
    digest = files.fingerprint(folder / SUMS)
    threshold = (
        ""
        if settings["content"] == "labels"
        else f", predictions of {settings['model']} from {settings['minimum_confidence']:g} up"
    )
    equal = ", as many of each class as the smallest has" if settings["equal_sets"] else ""
    human = tiles["origin"] == "human"
    lines = [
        f"# {TITLE}",
        "",
        f"{len(tiles)} tiles of {tiles['class_id'].nunique()} classes from {tiles['scene'].nunique()} scenes. Content: "
        f"{settings['content']}{threshold}{equal}.",
        f"{human.sum()} labels are by people, {(~human).sum()} by models (column `origin`).",
        "",
        f"- Licence: {settings['licence'] or 'not stated; ask whoever gave you these data before you pass them on'}",
        *([f"- Credits: {credits}"] if credits else []),
        f"- Made by geoclass-workflow {surroundings.workflow_version()}",
        f"- SHA-256 of `{SUMS}`: `{digest}` (check the files with `sha256sum -c {SUMS}`)",
        "",
        "| id | class | by people | by models |",
        "|---|---|---|---|",
        *(
            f"| {c.class_id} | {c.class_name} | {(human & of_class).sum()} | {(~human & of_class).sum()} |"
            for c in classes.itertuples()
            for of_class in [tiles["class_id"] == c.class_id]
        ),
        "",
        "| origin | tiles | source |",
        "|---|---|---|",
        *(
            f"| {origin} | {len(part)} | {', '.join(sorted(set(part['source'])))} |"
            for origin, part in tiles.groupby("origin", sort=True)
        ),
        "",
        "| scene | date | sensor | tiles | tile [px] | EPSG | counts scaled to 0 and 1 | image |",
        "|---|---|---|---|---|---|---|---|",
        *_scenes(tiles, tile_tables),
        "",
        "| file | content |",
        "|---|---|",
        *(f"| `{name}` | {text} |" for name, text in CONTENTS.items() if (folder / name).exists()),
        "",
        "Every list and either folder of images can be a source of labels again (`collect_labels/sources`). As a set of images take",
        "`images`: the counts of `georeferenced` mean another brightness in every scene.",
    ]
    (folder / "README.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return digest


def _scenes(tiles: pd.DataFrame, tile_tables: list[str]) -> list[str]:
    """Return the rows on the scenes that have tiles in the data set."""
    rows = []
    for path in sorted(tile_tables):
        metadata = tables.read_metadata(path)
        scene, size = metadata["scene"], metadata["tiles"]
        n = (tiles["scene"] == scene["scene"]).sum()
        if n:
            about = [scene.get("date"), scene.get("sensor"), n, f"{size['height_px']} x {size['width_px']}", scene.get("epsg")]
            scaled = f"{scene['radiometry']['low']:g} to {scene['radiometry']['high']:g}"
            image = Path(scene["source"]).name + (" (simulated)" if scene.get("synthetic") else "")
            rows.append("| " + " | ".join(str(v or "–") for v in (scene["scene"], *about, scaled, image)) + " |")
    return rows
