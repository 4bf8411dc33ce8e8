"""Sheets and panels for print: they say what they show, fit their page, and are the same every time."""

import dataclasses
import hashlib

import classified
import numpy as np
import pandas as pd
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from PIL import Image

from geoclass.core import figures, geodesy, grid
from geoclass.maps import cartography, panels, sheet

LIST = pd.DataFrame([*classified.CLASSES, {"class_id": 12, "class_name": "sea_ice", "colour": "#00bcd4"}])


def content(tmp_path, model="varionet", **changes):
    scene = classified.scene(tmp_path, shape=(100, 160), border=0, **changes).facts
    tiles = {"height_px": 20, "width_px": 20, "stride_rows_px": 20, "stride_columns_px": 20}
    map_grid = grid.Grid(5, 8, (20 * 0.487, 0.0, *scene["transform"][2:4], -20 * 0.51, scene["transform"][5]), scene["crs_wkt"])
    cells = np.full((5, 8), 255, np.uint8)
    cells[1:4, 1:7] = 9
    image = cartography.Picture(grid.scene_grid(scene), np.full((100, 160), 0.5, np.float32))
    metadata = {"scene": scene, "tiles": tiles, "model": {"model": model, "id": f"{model}-0123456789ab"}}
    return sheet.Content(map_grid, cells, image, metadata)


@pytest.fixture
def words(monkeypatch):
    """Return all that is written on figures, once they are saved."""
    found = []
    original = Figure.savefig

    def savefig(figure, *args, **kwargs):
        found.extend(text.get_text() for text in figure.findobj(lambda part: hasattr(part, "get_text")))
        original(figure, *args, **kwargs)

    monkeypatch.setattr(Figure, "savefig", savefig)
    return found


def draw(drawn, *paths, classes=LIST):
    view = cartography.framed(cartography.extent(drawn.grid, drawn.classes), sheet.ASPECT)
    confidence = np.where(drawn.classes == 255, 255, 80).astype(np.uint8)
    sheet.draw_sheet(paths, drawn, confidence, classes, view, "Imagery: nobody.")


def test_long_credits_are_cut_with_a_word_where_they_stand_whole():
    figure = sheet.page()
    sheet.foot(figure, "Imagery © <Maxar> & others, 2016. " * 60)
    (text,) = [text.get_text() for text in figure.texts]
    assert text.count("\n") == sheet.CREDITS - 1 and text.endswith("… (whole in the maps' tags)")


def test_a_sheet_says_what_it_shows(tmp_path, words):
    draw(content(tmp_path), tmp_path / "a.png")
    text = "\n".join(words)
    for expected in (
        "25 June 2016, 17:03 UTC", "VarioNet, 0123456789ab", "WorldView-1", "20 × 20 px, 10 × 10 m", "Imagery: nobody.",
        "Synthetic (simulated) scene: not an observation", "Easting (km, EPSG:3413)", "true north 36.1° west of grid north",
        "9  crevasses", "100.0 %", "12  sea_ice", "none",
    ):  # fmt: skip
        assert expected in text


def test_an_observation_is_not_called_synthetic(tmp_path, words):
    drawn = content(tmp_path)
    drawn.metadata["scene"]["synthetic"] = False
    draw(drawn, tmp_path / "a.png")
    assert "Synthetic" not in "\n".join(words)


def test_a_sheet_says_how_much_is_unlike_the_training_tiles(tmp_path, words):
    draw(dataclasses.replace(content(tmp_path), unlike=0.125), tmp_path / "a.png")
    assert "12.5 % of cells unlike training tiles" in words
    words.clear()
    draw(content(tmp_path / "other"), tmp_path / "a.png")
    assert "Unlike" not in words  # not known


def test_unknown_facts_are_left_out(tmp_path, words):
    drawn = content(tmp_path)
    drawn.metadata["scene"] |= {"date": None, "sensor": None}
    draw(drawn, tmp_path / "a.png")
    assert "Sensor" not in words and "None" not in "\n".join(words)


@pytest.mark.parametrize(
    "date, text", [("2020-01-31T00:00:00Z", "31 January 2020"), ("2020-01-31T14:05:59Z", "31 January 2020, 14:05 UTC")]
)
def test_a_time_of_day_is_shown_where_it_is_known(date, text):
    assert sheet.date_text({"scene": "a", "date": date}, f"%-d %B %Y{sheet.TIME_OF_DAY}") == text


def test_the_sheet_is_a4_and_shows_the_class_in_its_colour(tmp_path):
    draw(content(tmp_path), tmp_path / "a.png")
    image = np.array(Image.open(tmp_path / "a.png").convert("RGB"))
    assert image.shape == (1654, 2338, 3)
    x, y = sheet.FRAME[0] + 0.47 * sheet.FRAME[2], sheet.PAGE[1] - sheet.FRAME[1] - 0.47 * sheet.FRAME[3]
    red, green, blue = image[int(y * 200), int(x * 200)].astype(int)
    assert red > 2 * green and red > 2 * blue


def test_the_same_map_makes_the_same_bytes(tmp_path):
    digests = []
    for name in ("a", "b"):
        draw(content(tmp_path), tmp_path / f"{name}.png", tmp_path / f"{name}.pdf")
        digests.append([hashlib.sha256((tmp_path / f"{name}{suffix}").read_bytes()).digest() for suffix in (".png", ".pdf")])
    assert digests[0] == digests[1]


def test_panels_say_what_they_show(tmp_path, words):
    dates = ["2016-06-25T10:00:00Z", "2017-06-01T10:00:00Z"]
    rows = [[content(tmp_path, model, date=date, name=date[:4]) for date in dates] for model in ("variomlp", "resnet18")]
    views = panels.views([part.grid for part in rows[0]], [part.classes for part in rows[0]])
    panels.draw_panels([tmp_path / "a.png", tmp_path / "a.pdf"], rows, views, LIST, "Imagery: nobody.")
    for expected in ("2016-06-25", "2017-06-01", "VarioMLP", "ResNet-18", "9  crevasses", "Imagery: nobody.", figures.SYNTHETIC):
        assert expected in words
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("form", ["WKT2_2019", "WKT1_ESRI"])
def test_panels_of_one_coordinate_system_show_the_same_ground_whoever_wrote_it(form):
    systems = [pyproj.CRS(3413).to_wkt(), pyproj.CRS(3413).to_wkt(form)]
    grids = [grid.Grid(4, 4, (10.0, 0.0, x, 0.0, -10.0, 0.0), wkt) for x, wkt in zip((0.0, 100.0), systems, strict=True)]
    cells = [np.ones((4, 4), np.uint8)] * 2
    one, other = panels.views(grids, cells)
    assert one == other and one[0] < 0 and one[1] > 140


@pytest.mark.parametrize("shape", [(80, 10), (10, 80)], ids=["tall", "wide"])
def test_panels_show_the_whole_of_a_strip(shape):
    height, width = (100.0 * side for side in shape)
    strip = grid.Grid(*shape, (100.0, 0.0, 0.0, 0.0, -100.0, 0.0), pyproj.CRS(3413).to_wkt())
    ((left, right, bottom, top),) = panels.views([strip], [np.ones(shape, np.uint8)])
    assert left < 0 and right > width and bottom < -height and top > 0
    assert 0.5 <= (top - bottom) / (right - left) <= 2


def test_panels_of_several_coordinate_systems_show_as_much_ground():
    """Five metres of Web Mercator are one on the ground at 78.6 degrees north."""
    places = [pyproj.Transformer.from_crs(4326, epsg, always_xy=True).transform(16, 78.6) for epsg in (3413, 3857)]
    grids = [
        grid.Grid(4, 6, (cell, 0.0, x - 3 * cell, 0.0, -cell, y + 2 * cell), pyproj.CRS(epsg).to_wkt())
        for (x, y), epsg, cell in zip(places, (3413, 3857), (100.0, 500.0), strict=True)
    ]
    views = panels.views(grids, [np.ones((4, 6), np.uint8)] * 2)
    metres = [geodesy.ground_units(one.crs_wkt, *place)[0] for one, place in zip(grids, places, strict=True)]
    widths, heights = (
        np.array([metre * (view[i + 1] - view[i]) for metre, view in zip(metres, views, strict=True)]) for i in (0, 2)
    )
    assert widths == pytest.approx(1.05 * max(600 * metres[0], 3000 * metres[1]), rel=1e-6)
    assert heights == pytest.approx(widths * 4 / 6, rel=1e-6)


@settings(deadline=None)
@given(st.integers(1, 250), st.integers(1, 3), st.floats(0.5, 2))
def test_any_number_of_panels_fits_the_page(n_scenes, n_models, aspect):
    room = 6.0
    across, width = panels._arrangement(n_scenes, n_models, aspect, room)
    down = -(-n_scenes // across)
    assert width > 0
    assert across * (width + panels.GAP) - panels.GAP <= panels.PAGE[0] - 2 * panels.SIDE + 1e-9
    assert down * (panels.LINE + n_models * (width * aspect + panels.GAP)) <= room + 1e-9


def test_of_254_classes_the_legend_lists_those_that_the_map_shows(tmp_path, words):
    more = [
        {"class_id": n, "class_name": f"class {n}", "colour": f"#{n:02x}8040"}
        for n in range(1, 255)
        if n not in set(LIST["class_id"])
    ]
    draw(content(tmp_path), tmp_path / "a.png", classes=pd.concat([pd.DataFrame(more), LIST], ignore_index=True))
    text = "\n".join(words)
    assert "9  crevasses" in text and "and 230 more, named in the GeoTIFF" in text and "class 254" not in text
