"""Do tables belong together: tile size, lags, radiometry, classes and pixel size compared, and the difference put in one sentence."""

from pathlib import Path

import numpy as np

PIXEL_FACTOR = 2  # between pixel sizes, from which on a crevasse is another one in pixels


def check(
    metadata: dict, expected: dict, source: str | Path, expected_by: str, remedy: str, pixel_factor: float = PIXEL_FACTOR
) -> None:
    """Refuse a table that was made otherwise than expected.

    Parameters
    ----------
    metadata
        Of a tile table, a table of vario functions or a split: ``tiles``, ``vario``, ``scene`` and ``classes`` (names); what it does
        not hold is not compared.
    expected
        ``tile``, ``vario``, ``radiometry``, ``classes`` and ``pixel_m`` (smallest and largest), as in a model's description; what is
        missing or null is not compared.
    source
        Path of the table.
    expected_by
        Who expects it, with a verb: "model x was trained with", "table y has".
    remedy
        What to do other than to change the settings, which the sentence names too.
    pixel_factor
        How many times larger than the largest or smaller than the smallest the pixels may be.

    Raises
    ------
    ValueError
        The first difference found.
    """
    readings = (
        ("tiles", "tile", _size, "tiles of", "tile_scene/height_px and width_px"),
        ("vario", "vario", _lags, "lags", "extract_vario/scheme and maximum_lag_share"),
        (
            "scene",
            "radiometry",
            lambda value: _scaling(value.get("radiometry", value)),
            "radiometry",
            "ingest_scene/radiometry, low, high",
        ),
        ("classes", "classes", _names, "classes", None),
    )
    for key, own_key, words, what, setting in readings:
        if metadata.get(key) is None or expected.get(own_key) is None:
            continue
        found, own = words(metadata[key]), words(expected[own_key])
        if found != own:
            advice = f"set {setting} to these or {remedy}" if setting else remedy
            raise ValueError(f"{source}: {what} {found}, but {expected_by} {own}; {advice}")
    side, sides = pixel_m(metadata.get("scene") or {}), expected.get("pixel_m")
    if side is not None and sides is not None and not sides[0] / pixel_factor <= side <= sides[1] * pixel_factor:
        raise ValueError(
            f"{source}: pixels of {side:.3g} m, but {expected_by} {_range(sides)}; resample the scene with ingest_scene/grid: reproject, "
            f"raise classify_scene/pixel_size_ratio, or {remedy}"
        )


def scheme(radiometry: dict) -> dict:
    """Return what scenes scaled alike have in common: the percentiles where each scene has its own counts, else the counts."""
    keys = ("low_percent", "high_percent") if radiometry["method"] == "percentiles" else ("low", "high")
    return {"method": radiometry["method"], **{key: radiometry[key] for key in keys}}


def pixel_m(scene: dict) -> float | None:
    """Return the side in metres of a square as large as a pixel on the ground; None for images without georeference."""
    height, width = scene.get("pixel_height_m"), scene.get("pixel_width_m")
    return None if height is None or width is None else float(np.sqrt(height * width))


def _range(pixels: list[float]) -> str:
    low, high = (f"{side:.3g}" for side in pixels)
    return f"{low} m" if low == high else f"{low} to {high} m"


def _size(tile: dict) -> str:
    return f"{tile['height_px']} x {tile['width_px']} px"


def _lags(vario: dict) -> str:
    lags = np.array(vario["lags"])
    first, last = (" ".join(f"({row}, {column})" for row, column in lags[:, k]) for k in (0, -1))
    return f"{vario['scheme']}, {lags.shape[1]} in each of {len(lags)} directions, {first} to {last}"


def _scaling(radiometry: dict) -> str:
    method, low, high = scheme(radiometry).values()
    return f"{method} {low:g} to {high:g}"


def _names(classes: list) -> str:
    return ", ".join(c if isinstance(c, str) else c["class_name"] for c in classes)
