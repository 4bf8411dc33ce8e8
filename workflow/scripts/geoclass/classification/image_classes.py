"""Classes of whole images, out of those of their tiles, and the sheet that shows them."""

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw, ImageOps

from geoclass.core import figures, tables
from geoclass.scenes import images, radiometry

PER_ROW, MOST_ROWS = 10, 4  # images of a class on the sheet
THUMB, GAP, HEAD, FOOT = 132, 8, 34, 18  # screen pixels
LARGE, SMALL = 15, 11  # of the text
INK, GROUND = "#1a1a1a", "#ffffff"
COLUMNS = ["image", "class_id", "class_name", "confidence", "second", "second_probability", "applicable", "n_tiles", "problem"]


def classes(classified: str, table: pd.DataFrame, image_set: str) -> pd.DataFrame:
    """Return class and confidence of every image: the mean of the probabilities of its tiles.

    Parameters
    ----------
    classified
        Table of classes of the tiles.
    table
        What became of each image, see `image_folder.Survey`.
    image_set
        Name of the set.

    Returns
    -------
    pandas.DataFrame
        A row an image, by class and falling confidence, those without class last; columns `COLUMNS`. `second` is the next
        class, `applicable` whether all tiles are like those the model was trained on.
    """
    model = tables.read_metadata(classified)["model"]
    known = {entry["class_id"]: entry["class_name"] for entry in model["classes"]}
    frame = tables.read(classified, ["tile_id", "probabilities", "applicable", "class_id"])
    frame["image"] = frame["tile_id"].str.extract(rf"^{image_set}_(.+)_r\d+_c\d+$", expand=False)
    rows, problems = [], table.set_index("image")["problem"]
    parts = dict(list(frame[frame["class_id"].notna()].groupby("image")))
    for image in problems.index:
        row = dict.fromkeys(COLUMNS) | {"image": image, "n_tiles": 0, "problem": problems[image]}
        if image in parts:
            shares = np.stack(parts[image]["probabilities"].to_list()).mean(axis=0)
            first, second = np.argsort(-shares, kind="stable")[:2]
            ids = list(known)
            row |= {"class_id": ids[first], "class_name": known[ids[first]], "confidence": round(float(shares[first]), 4)}
            row |= {"second": known[ids[second]], "second_probability": round(float(shares[second]), 4)}
            applicable = parts[image]["applicable"]
            row |= {"applicable": None if applicable.isna().any() else bool(applicable.all()), "n_tiles": len(parts[image])}
        elif not row["problem"]:
            row["problem"] = "no vario function in any direction"
        rows.append(row)
    found = pd.DataFrame(rows, columns=COLUMNS).astype({"class_id": "Int64"})
    return found.sort_values(["class_id", "confidence", "image"], ascending=[True, False, True], ignore_index=True)


def sheet(folder: str | Path, found: pd.DataFrame, colours: dict[int, str], title: str) -> Image.Image:
    """Return the contact sheet: a block a class, the most confident images first.

    Of a class with more images than there is room for, evenly spaced ones are shown, from the most to the least confident.

    Parameters
    ----------
    folder
        Where the images are.
    found
        Table of `classes`.
    colours
        Colour of each class (#rrggbb).
    title
        First line.
    """
    blocks = []
    for class_id, part in found[found["class_id"].notna()].groupby("class_id"):
        most = PER_ROW * MOST_ROWS
        chosen = part.iloc[np.unique(np.linspace(0, len(part) - 1, min(most, len(part))).round().astype(int))]
        blocks.append((int(class_id), part, chosen))
    cell = THUMB + GAP, THUMB + FOOT + GAP
    heights = [HEAD + -(-len(chosen) // PER_ROW) * cell[1] for _, _, chosen in blocks]
    page = Image.new("RGB", (GAP + PER_ROW * cell[0], 2 * HEAD + sum(heights)), GROUND)
    pen = ImageDraw.Draw(page)

    def write(left: float, middle: float, text: str, size: int = SMALL) -> None:
        pen.text((left, middle), text, INK, figures.font(text, size), anchor="lm")

    write(GAP, HEAD / 2, title, LARGE)
    top = HEAD
    for class_id, part, chosen in blocks:
        pen.rectangle((GAP, top + 9, GAP + 16, top + 25), colours.get(class_id, "#888888"), INK)
        shown = "" if len(chosen) == len(part) else f", {len(chosen)} shown"
        write(GAP + 24, top + 17, f"{part['class_name'].iloc[0]}: {len(part)} images{shown}", LARGE)
        for number, row in enumerate(chosen.itertuples()):
            left, high = GAP + number % PER_ROW * cell[0], top + HEAD + number // PER_ROW * cell[1]
            thumb = _thumbnail(Path(folder), row.image)
            page.paste(thumb, (left + (THUMB - thumb.width) // 2, high + (THUMB - thumb.height) // 2))
            doubt = " unlike" if row.applicable is False else ""
            write(left, high + THUMB + FOOT / 2, f"{100 * row.confidence:.0f} %{doubt}")
        top += HEAD + -(-len(chosen) // PER_ROW) * cell[1]
    unused = int(found["class_id"].isna().sum())
    note = f"{unused} images without a class: see images.tsv. " if unused else ""
    write(GAP, top + HEAD / 2, f"{note}unlike: not like the tiles the model was trained on")
    return page


def _thumbnail(folder: Path, name: str) -> Image.Image:
    """Return an image in grey, stretched to its own percentiles, in the size of a cell."""
    _, counts, valid, _ = next(images.read(folder, [name]))
    low, high = np.percentile(counts[valid], (0.5, 99.5))
    scaling = {"low": float(low), "high": float(max(high, low + 1))}
    grey = Image.fromarray((255 * radiometry.scale_pixels(counts[None], scaling, valid[None])[0]).astype(np.uint8))
    return ImageOps.contain(
        grey, (THUMB, THUMB), Image.Resampling.NEAREST if max(grey.size) < THUMB else Image.Resampling.BICUBIC
    )
