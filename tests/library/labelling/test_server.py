"""The labelling page's server: what it shows, what it changes, and whom it refuses."""

import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import disks
import label_series
import numpy as np
import pandas as pd
import pyproj
import pytest
import rasterio
import shapely
import tile_tables
from PIL import Image
from starlette.testclient import TestClient

from geoclass.core import files, geodesy, surface_classes, tables
from geoclass.labelling import ground, image_tiles, requests
from geoclass.labelling.access import Access
from geoclass.labelling.changes import Changes
from geoclass.labelling.scene_data import Scenes
from geoclass.labelling.server import application
from geoclass.labelling.store import LabelStore
from geoclass.labelling.views import Views
from geoclass.scenes import tile_table

HOST = "http://127.0.0.1:8765"
SCENES = (("a", "2016-06-25T17:03:09Z", 3413), ("b", "2017-05-28T15:24:17Z", 3413))


class Page:
    """A server without a socket, and the tokens that it has announced; `made` if its folder is there already."""

    def __init__(self, folder, scenes=SCENES, made=False, **models):
        self.folder, self.results, names = folder, folder / "results", [scene[0] for scene in scenes]
        if not made:
            label_series.write(folder, scenes, **models)
            (folder / "page").mkdir()
            (folder / "page" / "index.html").write_text("<title>Split Image Explorer</title>")
            crs_wkt = Scenes(self.results, names).facts("a")["crs_wkt"]
            LabelStore.create(folder / "store" / "labels.gpkg", surface_classes.read(folder / "classes.tsv"), crs_wkt).close()
        self.scenes, self.store = Scenes(self.results, names), LabelStore(folder / "store" / "labels.gpkg")
        changes = Changes(self.scenes, self.store, lambda: self.store.classes.write(folder / "classes.tsv"))
        self.tokens = []
        app = application(Views(self.scenes, self.store, ["a"]), changes, folder / "page", "ann")
        self.app = Access(app, self.tokens.append)

    def client(self, **options):
        return TestClient(self.app, base_url=HOST, **options)

    def visitor(self):
        """Return a browser that has opened the printed address."""
        client = self.client()
        assert client.get(f"/?token={self.tokens[-1]}").status_code == 200
        return client


@pytest.fixture
def page(tmp_path):
    made = Page(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def browser(page):
    return page.visitor()


def tile(row, column, scene="a"):
    return f"{scene}_r{24 * row:06d}_c{32 * column:06d}"


def labels(browser):
    return {entry["tile_id"]: entry["class_id"] for entry in browser.get("/api/labels").json()["labels"]}


# Who is let in


def test_a_token_lets_one_browser_in_once(page):
    first = page.tokens[-1]
    browser = page.client()
    assert "Split Image Explorer" in browser.get(f"/?token={first}").text
    assert browser.get("/api/series").status_code == 200
    assert len(page.tokens) == 2 and page.tokens[1] != first
    assert page.client().get(f"/?token={first}").status_code == 401
    other = page.client()
    assert other.get(f"/?token={page.tokens[1]}").status_code == 200 and browser.get("/api/series").status_code == 200


@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong", "?token=%00", "?token=é"])
def test_without_the_token_nobody_gets_in(page, query):
    for path in ("/", "/api/series", "/index.html", "/api/labels"):
        answer = page.client().get(path + query)
        assert answer.status_code == 401 and "Open the URL printed by the server" in answer.text
    assert page.client().post("/api/labels", json={}).status_code == 401
    assert page.client(cookies={"geoclass_12345678": "x"}).get("/api/series").status_code == 401


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8765", "[::2]", "[", ""])
def test_other_host_names_are_refused(browser, host):
    answer = browser.get("/api/series", headers={"host": host})
    assert answer.status_code == 403 and "not this machine" in answer.text


def test_a_tunnel_may_have_a_port_of_its_own(browser):
    assert browser.get("/api/series", headers={"host": "localhost:9000"}).status_code == 200
    headers = {"host": "localhost:9000", "origin": "http://localhost:9000"}
    assert browser.post("/api/labels/undo", json={}, headers=headers).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9999", "https://127.0.0.1:8765"])
def test_changes_asked_for_by_other_pages_are_refused(browser, page, origin):
    content = {"tile_ids": [tile(3, 3)], "class_id": 2}
    for method, path in (
        ("POST", "/api/labels"),
        ("POST", "/api/classes"),
        ("PUT", "/api/classes/2"),
        ("DELETE", "/api/classes/2"),
    ):
        answer = browser.request(method, path, json=content, headers={"origin": origin})
        assert answer.status_code == 403 and "another page" in answer.text
    assert page.store.labels().empty


def test_answers_forbid_what_a_page_does_not_need(browser):
    headers = browser.get("/").headers
    assert (
        "default-src 'self'" in headers["content-security-policy"]
        and "frame-ancestors 'none'" in headers["content-security-policy"]
    )
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    "path",
    [
        "/../classes.tsv", "/..%2fclasses.tsv", "/%2e%2e/classes.tsv", "/..\\classes.tsv", "//etc/passwd", "/%2fetc%2fpasswd",
        "/api/scenes/..%2f..%2fetc%2fpasswd", "/api/scenes/../secret", "/api/scenes/a%2f..%2fb", "/api/scenes/a%00",
        "/api/scenes/a/predictions/..%2fscenes", "/api/scenes/a/predictions/*", "/api/scenes/a/difference/resnet18/..%2fa",
        "/api/tiles/..%2fa_r000024_c000064", "/api/tiles/a_r000024_c000064%2f..", "/api/tiles/a%00_r000024_c000064",
    ],
)  # fmt: skip
def test_no_path_leads_out_of_the_folders(browser, page, path):
    (page.folder / "secret").write_text("secret")
    answer = browser.get(path)
    assert answer.status_code == 404 and "secret" not in answer.text.replace("scenes/../secret", "").replace("scene ..", "")


# What is shown


def test_the_series_tells_scenes_dates_models_and_classes(browser):
    series = browser.get("/api/series").json()
    assert [(one["scene"], one["date"][:10], one["models"], one["trains"]) for one in series["scenes"]] == [
        ("a", "2016-06-25", ["resnet18", "variomlp"], True),
        ("b", "2017-05-28", ["resnet18", "variomlp"], False),
    ]
    assert [entry["class_name"] for entry in series["classes"]] == ["Snow", "Parallel", "Chaos"] and series["author"] == "ann"


def test_a_scene_comes_with_all_its_tiles_and_its_outline(browser):
    scene = browser.get("/api/scenes/a").json()
    assert len(scene["tile_ids"]) == len(scene["row_px"]) == 98 and scene["tile_ids"][0] == tile(0, 2)
    assert (scene["tile_height_px"], scene["tile_width_px"], scene["height_px"], scene["width_px"]) == (24, 32, 240, 320)
    assert sorted(map(tuple, scene["roi"][0][:4])) == [(0, 0), (0, 240), (320, 0), (320, 240)]
    low, high = scene["stretch"]
    assert 200 <= low < 260 and 1600 < high <= 1700
    assert browser.get("/api/scenes/c").status_code == 404


def picture(answer):
    assert answer.status_code == 200, answer.text
    return np.asarray(Image.open(io.BytesIO(answer.content)))


def test_image_tiles_show_the_scene_at_every_scale(browser):
    """The right half of the scene is brighter by 500 counts; the upper left corner is not valid."""
    for level, (bottom, right) in {0: (240, 320), 1: (120, 160), 3: (30, 40)}.items():
        image = picture(browser.get(f"/api/scenes/a/image/{level}/0/0?low=200&high=1700"))
        assert image.shape == (image_tiles.SIDE, image_tiles.SIDE)
        assert (
            image[: bottom // 12, : right // 6].max() < 12 and image[bottom + 8 :].max() < 12 and image[:, right + 8 :].max() < 12
        )
        left_mean, right_mean = image[bottom // 2 : bottom, : right // 2].mean(), image[: bottom // 2, right // 2 : right].mean()
        assert left_mean == pytest.approx(1 + 254 * 500 / 1500, abs=4) and right_mean == pytest.approx(
            1 + 254 * 1000 / 1500, abs=4
        )
    for wrong in ("-1/0/0", "13/0/0", "0/1/0", "0/0/-1", "0/0/1", "x/0/0", "0/0/99999999999999999999"):
        answer = browser.get(f"/api/scenes/a/image/{wrong}?low=0&high=1")
        assert answer.status_code == 400 and "expected" in answer.json()["error"]
    for stretch in ("low=5&high=5", "low=9&high=1", "low=nan&high=1", "low=0&high=inf", "low=0", "low=x&high=1"):
        assert browser.get(f"/api/scenes/a/image/0/0/0?{stretch}").status_code == 400


def test_a_stretch_fits_what_is_in_view(browser):
    low, high = browser.get("/api/scenes/a/stretch?left=0&top=24&right=160&bottom=240").json()
    assert 200 <= low < 220 and 1180 < high < 1200
    answer = browser.get("/api/scenes/a/stretch?left=0&top=0&right=60&bottom=20")
    assert answer.status_code == 400 and "no valid pixel in view" in answer.json()["error"]
    assert browser.get("/api/scenes/a/stretch?left=-1e30&top=-5&right=1e30&bottom=1e30").status_code == 200


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_scene_of_reflectances_is_shown_with_all_its_contrast(browser, page, dtype):
    """Scene a as reflectances of 0.05 to 0.6, in the form that it would have been ingested in."""
    path = page.results / "scenes" / "a.tif"
    with rasterio.open(path) as dataset:
        profile, counts, valid = dataset.profile, dataset.read(1), dataset.read_masks(1)
    reflectances = (0.05 + 0.55 * (counts - 200.0) / 1500).astype(dtype)
    path.unlink()
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "w", **profile | {"dtype": dtype}) as dataset:
        dataset.write(np.where(valid, reflectances, np.nan).astype(dtype), 1)
        dataset.write_mask(valid)
    low, high = browser.get("/api/scenes/a").json()["stretch"]
    assert 0.05 <= low < 0.07 and 0.58 < high <= 0.6
    view = browser.get("/api/scenes/a/stretch?left=0&top=24&right=160&bottom=240").json()
    assert view == pytest.approx([0.05, 0.05 + 0.55 * 1000 / 1500], abs=0.01)
    image = picture(browser.get(f"/api/tiles/{tile(3, 4)}/image?low={low}&high={high}"))
    shares = (reflectances[72:96, 128:160] - low) / (high - low)
    np.testing.assert_allclose(image, 1 + 254 * np.clip(shares, 0, 1), atol=1)

    label_series._vario(page.results, page.scenes.facts("a"), list(page.scenes.tiles("a").position), reflectances)
    curves = np.array(browser.get(f"/api/tiles/{tile(3, 4)}").json()["vario"]["values"])
    expected = tables.read(page.results / "vario" / "a.parquet").set_index("tile_id").loc[tile(3, 4)]["v"]
    assert 0.001 < curves.max() < 0.1
    np.testing.assert_allclose(curves.ravel(), expected, rtol=5e-4)


@pytest.mark.parametrize("value", [0, 0.3, 65535])
def test_a_scene_of_one_value_can_be_stretched(tmp_path, value):
    profile = {
        "driver": "GTiff",
        "height": 20,
        "width": 30,
        "count": 1,
        "dtype": "float32",
        "transform": rasterio.Affine.scale(2),
    }
    with rasterio.open(tmp_path / "flat.tif", "w", **profile) as dataset:
        dataset.write(np.full((20, 30), value, np.float32), 1)
    assert image_tiles.percentiles(tmp_path / "flat.tif", 0, 0, 30, 20) == pytest.approx((value, value + 1))


def test_a_tile_is_shown_pixel_by_pixel(browser, page):
    image = picture(browser.get(f"/api/tiles/{tile(3, 4)}/image?low=0&high=254"))
    counts = tables.read(page.results / "tiles" / "a.parquet", ["tile_id", "pixels"]).set_index("tile_id")["pixels"][tile(3, 4)]
    expected = np.clip(np.frombuffer(counts, np.uint16).reshape(24, 32), 0, 254) + 1
    np.testing.assert_array_equal(image, expected)


def test_all_that_is_known_of_a_tile_is_told(browser, page):
    found = browser.get(f"/api/tiles/{tile(3, 4)}").json()
    frame = tables.read(page.results / "vario" / "a.parquet").set_index("tile_id").loc[tile(3, 4)]
    assert found["scene"] == "a" and found["orientation_true_deg"] == pytest.approx(frame["orientation_true_deg"], abs=0.01)
    assert (found["orientation_true_deg"] - found["orientation_grid_deg"]) % 180 == pytest.approx(
        found["grid_north_deg"], abs=0.02
    )
    assert found["spacing_m"] == 7.5 and found["structure_status"] == "resolved" and found["valid_share"] == 1
    np.testing.assert_allclose(np.ravel(found["vario"]["values"]), frame["v"], rtol=5e-4)
    assert found["vario"]["distances_m"][0][0] == pytest.approx(1.5)
    steps = np.array(
        [(0, -3 * 0.5), (4 * 0.51, 0), (4 * 0.51, -3 * 0.5), (-4 * 0.51, -3 * 0.5)]
    )  # on the ground, were grid north true
    turn = geodesy.north_deg(geodesy.jacobian(page.scenes.facts("a")["crs_wkt"], found["x_m"], found["y_m"]))
    expected = np.degrees(np.arctan2(*steps.T)) + turn
    assert (abs((found["vario"]["azimuths_deg"] - expected + 90) % 180 - 90) < 0.6).all()
    x, y = label_series.CORNER
    assert (found["x_m"], found["y_m"]) == pytest.approx((x + 4.5 * 32 * 0.51, y - 3.5 * 24 * 0.5))
    said = found["predictions"]["resnet18"]
    table = tables.read(page.results / "classes" / "resnet18" / "a.parquet").set_index("tile_id").loc[tile(3, 4)]
    assert said["class_id"] == table["class_id"] and said["probabilities"][0] == [
        table["class_id"],
        pytest.approx(table["confidence"], abs=1e-4),
    ]
    assert sum(share for _, share in said["probabilities"]) == pytest.approx(1, abs=1e-3)


def test_layers_follow_the_order_of_the_tiles(browser, page):
    ids = browser.get("/api/scenes/a").json()["tile_ids"]
    table = tables.read(page.results / "classes" / "resnet18" / "a.parquet").set_index("tile_id").loc[ids]
    found = browser.get("/api/scenes/a/predictions/resnet18").json()
    assert found["class_id"] == table["class_id"].tolist() and found["model_id"] == "resnet18-0123456789ab"
    np.testing.assert_allclose(found["confidence"], table["confidence"], atol=6e-4)
    other = np.stack(tables.read(page.results / "classes" / "variomlp" / "a.parquet")["probabilities"])
    apart = 0.5 * np.abs(np.stack(table["probabilities"]) - other).sum(1)
    np.testing.assert_allclose(browser.get("/api/scenes/a/disagreement").json(), apart, atol=6e-4)
    assert browser.get("/api/scenes/a/structure").json()["orientation_true_deg"][0] is None
    there = tables.read(page.results / "classes" / "resnet18" / "b.parquet")
    assert browser.get("/api/scenes/a/difference/resnet18/b").json()["class_id"] == there["class_id"].tolist()
    assert browser.get("/api/scenes/a/predictions/varionet").status_code == 404


def test_tiles_that_a_model_has_not_seen_have_no_class(tmp_path):
    page = Page(tmp_path, models=())
    ids = page.scenes.tiles("a").frame["tile_id"].tolist()
    label_series.write_predictions(page.results, "a", "resnet18", ids[:50], np.tile([0.7, 0.2, 0.1], (50, 1)))
    browser = page.visitor()
    found = browser.get("/api/scenes/a/predictions/resnet18").json()
    assert found["class_id"] == [2.0] * 50 + [None] * 48 and found["applicable"][:2] == [True, True]
    assert browser.get(f"/api/tiles/{ids[60]}").json()["predictions"] == {}
    content = {"tile_ids": ids, "minimum_confidence": 0.5}
    assert browser.post("/api/scenes/a/accept/resnet18", json=content).json()["n_tiles"] == 50
    page.store.close()


def test_places_are_matched_across_coordinate_systems(tmp_path):
    """Scene b is scene a in another system of coordinates, half a tile further east: each tile meets the one under its centre."""
    page = Page(tmp_path, SCENES, models=())
    frame = tables.read(page.results / "tiles" / "b.parquet")
    shift = pyproj.Transformer.from_crs(3413, 32633, always_xy=True).transform
    moved = shapely.transform(
        shapely.transform(shapely.from_wkb(frame["geometry"]), lambda c: c + np.array([4.0, 0])), shift, interleaved=False
    )
    centres = shapely.get_coordinates(shapely.centroid(moved))
    scene = page.scenes.facts("b") | {"crs_wkt": pyproj.CRS(32633).to_wkt()}
    (page.results / "scenes" / "b.json").write_text(json.dumps(scene))
    frame = frame.assign(geometry=list(shapely.to_wkb(moved)), x_m=centres[:, 0], y_m=centres[:, 1])
    metadata = tables.read_metadata(page.results / "tiles" / "b.parquet")
    import pyarrow as pa

    tables.write(page.results / "tiles" / "b.parquet", tile_table.TILES, frame, metadata, pixels=pa.binary(24 * 32 * 2))
    assert page.scenes.same_place("a", "b").tolist() == list(range(98))
    outlines = page.scenes.footprints("b", [0, 97], page.scenes.facts("a")["crs_wkt"])
    own = shapely.from_wkb(page.scenes.tiles("a").frame["geometry"].to_numpy()[[0, 97]])
    assert np.allclose(
        shapely.area(shapely.intersection(shapely.from_wkb(outlines), own)) / shapely.area(own), 1 - 4 / 16.32, atol=0.01
    )
    page.store.close()


def test_a_polygon_finds_the_tiles_whose_centre_it_holds(browser):
    def inside(polygon):
        return browser.post("/api/scenes/a/select", json={"polygon": polygon}).json()["tile_ids"]

    assert inside([[64, 24], [128, 24], [128, 72], [64, 72]]) == [tile(1, 2), tile(1, 3), tile(2, 2), tile(2, 3)]
    assert inside([[70, 30], [100, 30], [100, 70], [70, 70]]) == [tile(1, 2), tile(2, 2)]
    assert inside([[0, 0], [1, 0], [1, 1]]) == []
    assert len(inside([[-1e8, -1e8], [1e8, -1e8], [1e8, 1e8], [-1e8, 1e8]])) == 98
    bow = [[64, 24], [320, 240], [320, 24], [64, 240]]
    assert 0 < len(inside(bow)) < 98  # a polygon that crosses itself
    assert 0 < len(inside(np.random.default_rng(1).uniform(0, 500, (10_000, 2)).tolist())) < 98  # everywhere, a million times


@pytest.mark.parametrize(
    "polygon, problem",
    [
        ([[0, 0]] * 10_001, "10001 corners, expected at most 10000"),
        ([[0, 0], [1, 1]], "2 corners, expected at least three"),
        ([[0, 0], [1, 1], [1e400, 0]], "pairs of numbers"),
        ([[0, 0], [1, 1], [float("nan"), 0]], "pairs of numbers"),
        ([[0, 0], [1, 1], ["2", 0]], "pairs of numbers"),
        ([[0, 0, 0]] * 4, "pairs of numbers"),
        ("POLYGON", "pairs of numbers"),
        (None, "pairs of numbers"),
        ([[0, 0], [1, 1], [2, 1e12]], "pairs of numbers"),
    ],
)
def test_polygons_that_are_none_are_refused(browser, polygon, problem):
    answer = browser.post("/api/scenes/a/select", content=json.dumps({"polygon": polygon}))
    assert answer.status_code == 400 and problem in answer.json()["error"]


def test_the_queue_and_doubtful_labels_are_listed_when_they_have_been_made(browser, page):
    assert browser.get("/api/queue").json() == [] and browser.get("/api/label_errors").json() == []
    (page.results / "labels").mkdir()
    queue = {"tile_id": [tile(3, 3), tile(4, 4, "b"), "x"], "scene": ["a", "b", "gone"], "rank": [2, 1, 3], "reason": "uncertain"}
    pd.DataFrame(queue | {"class_id": [2, 5, 2], "confidence": [0.4, np.nan, 1]}).to_parquet(
        page.results / "labels" / "queue.parquet"
    )
    found = browser.get("/api/queue").json()
    assert [row["tile_id"] for row in found] == [tile(4, 4, "b"), tile(3, 3)]
    assert found[0] == {
        "tile_id": tile(4, 4, "b"),
        "scene": "b",
        "rank": 1,
        "reason": "uncertain",
        "class_id": 5,
        "confidence": None,
    }
    label_errors = {"tile_id": [tile(3, 3), tile(4, 4)], "scene": "a", "class_id": 2, "proposed_id": 5, "score": [0.4, 0.1]}
    pd.DataFrame(label_errors).to_parquet(page.results / "labels" / "label_errors.parquet")
    assert [row["score"] for row in browser.get("/api/label_errors").json()] == [0.1, 0.4]


# What is changed


def test_labels_are_set_cleared_taken_back_and_done_again(browser, page):
    answer = browser.post("/api/labels", json={"tile_ids": [tile(3, 3), tile(3, 4)], "class_id": 5, "note": "clear"}).json()
    assert answer["n_tiles"] == 2 and answer["last"] == 2
    first = answer["labels"][0]
    assert (first["tile_id"], first["scene"], first["class_id"], first["author"], first["note"]) == (
        tile(3, 3),
        "a",
        5,
        "ann",
        "clear",
    )
    assert next(entry["n_labels"] for entry in answer["classes"] if entry["class_id"] == 5) == 2
    since = browser.post("/api/labels/clear", json={"tile_ids": [tile(3, 3)], "after": 2}).json()
    assert since["labels"] == [] and since["cleared"] == [tile(3, 3)]
    assert browser.post("/api/labels/undo", json={}).json()["n_tiles"] == 1
    assert labels(browser) == {tile(3, 3): 5, tile(3, 4): 5}
    assert browser.post("/api/labels/redo", json={}).json()["n_tiles"] == 1
    assert labels(browser) == {tile(3, 4): 5}
    shape = page.store._file.rows("SELECT geom FROM labels")[0][0][40:]
    assert shapely.equals(
        shapely.from_wkb(shape),
        shapely.from_wkb(page.scenes.footprints("a", [page.scenes.tile(tile(3, 4))[1]], page.store.crs_wkt)[0]),
    )


def test_history_can_be_read_and_labels_brought_back(browser):
    browser.post("/api/labels", json={"tile_ids": [tile(3, 3)], "class_id": 5})
    browser.post("/api/labels", json={"tile_ids": [tile(3, 3), tile(5, 5)], "class_id": 2}, headers={"x-author": "Zo%C3%AB"})
    batches = browser.get("/api/history").json()
    assert [(batch["kind"], batch["by"], batch["tiles"], batch["before"]) for batch in batches] == [
        ("set", "Zoë", 2, 1),
        ("set", "ann", 1, 0),
    ]
    assert browser.post("/api/labels/restore", json={"entry": 1}).json()["n_tiles"] == 2
    assert labels(browser) == {tile(3, 3): 5}
    browser.post("/api/labels/restore", json={"entry": 0})
    assert labels(browser) == {}
    assert [event["kind"] for event in browser.get(f"/api/tiles/{tile(3, 3)}").json()["history"]] == [
        "restore",
        "restore",
        "set",
        "set",
    ]


def test_labels_are_brought_back_as_they_were_before_a_large_batch(browser, page):
    browser.post("/api/labels", json={"tile_ids": [tile(3, 3)], "class_id": 5})
    names = [f"a_r{number:06d}_c000000" for number in range(1, 12_001)]
    page.store.set_labels(pd.DataFrame({"tile_id": names, "scene": "a", "class_id": 2, "geometry": None}), "bob")
    large = browser.get("/api/history").json()[0]
    assert (large["by"], large["tiles"], large["before"]) == ("bob", 12_000, 1)
    browser.post("/api/labels/restore", json={"entry": large["before"]})
    assert labels(browser) == {tile(3, 3): 5}


def test_two_windows_see_each_others_labels(page):
    ann, bob = page.visitor(), page.visitor()
    ann.post("/api/labels", json={"tile_ids": [tile(3, 3)], "class_id": 5})
    seen = bob.get("/api/labels?after=0").json()
    assert seen["labels"][0]["author"] == "ann"
    bob.post("/api/labels", json={"tile_ids": [tile(3, 3)], "class_id": 9}, headers={"x-author": "bob"})
    since = ann.get(f"/api/labels?after={seen['last']}").json()
    assert [(entry["class_id"], entry["author"]) for entry in since["labels"]] == [(9, "bob")]
    assert ann.post("/api/labels/undo", json={}).json()["n_tiles"] == 0  # what bob has changed since stays
    assert labels(bob) == {tile(3, 3): 9}


def test_predictions_are_accepted_as_the_models_and_never_over_a_person(browser, page):
    frame = tables.read(page.results / "classes" / "resnet18" / "a.parquet")
    sure = frame[frame["confidence"] >= 0.8]
    browser.post("/api/labels", json={"tile_ids": [sure["tile_id"].iloc[0]], "class_id": 5})
    content = {"tile_ids": frame["tile_id"].tolist(), "minimum_confidence": 0.8}
    answer = browser.post("/api/scenes/a/accept/resnet18", json=content).json()
    assert answer["n_tiles"] == len(sure) - 1
    table = page.store.labels().set_index("tile_id")
    accepted = table[table["origin"] != "human"]
    assert set(accepted["origin"]) == {"resnet18-0123456789ab, round 1"} and len(accepted) == len(sure) - 1
    expected = sure.set_index("tile_id").loc[accepted.index]
    assert accepted["class_id"].tolist() == expected["class_id"].tolist()
    np.testing.assert_allclose(accepted["confidence"].astype(float), expected["confidence"], atol=1e-6)
    ids = frame["tile_id"].tolist()
    label_series.write_predictions(page.results, "a", "resnet18", ids, np.tile([0.05, 0.05, 0.9], (len(ids), 1)), "fedcba987654")
    browser.post("/api/scenes/a/accept/resnet18", json={"tile_ids": ids[-1:], "minimum_confidence": 0})
    assert page.store.labels().set_index("tile_id")["origin"][ids[-1]] == "resnet18-fedcba987654, round 2"  # trained anew
    assert page.store.round_of("resnet18-0123456789ab") == 1 and page.store.round_of("variomlp-0") == 1
    none = browser.post("/api/scenes/a/accept/resnet18", json={"tile_ids": ids, "minimum_confidence": 1.01}).json()
    assert none["n_tiles"] == 0 and none["batch"] is None
    answer = browser.post("/api/scenes/b/accept/resnet18", json={"tile_ids": ids[:1], "minimum_confidence": 0})
    assert answer.status_code == 400 and "of another scene" in answer.json()["error"]


@pytest.mark.parametrize(
    "content, status, problem",
    [
        ({"tile_ids": ["a_r000001_c000001"], "class_id": 2}, 404, "tile a_r000001_c000001: no tile of the series"),
        ({"tile_ids": ["nothing"], "class_id": 2}, 404, "tile nothing: no tile of the series"),
        ({"tile_ids": ["<script>"], "class_id": 2}, 404, "no tile of the series"),
        ({"tile_ids": [tile(3, 3)], "class_id": 7}, 400, "class 7: not in the list of classes"),
        ({"tile_ids": [tile(3, 3)], "class_id": "2; DROP TABLE labels"}, 400, "class_id is '2; DROP TABLE labels'"),
        ({"tile_ids": [tile(3, 3)], "class_id": 2.5}, 400, "expected a whole number"),
        ({"tile_ids": [tile(3, 3)], "class_id": True}, 400, "expected a whole number"),
        ({"tile_ids": [tile(3, 3)]}, 400, "class_id is None"),
        ({"tile_ids": [], "class_id": 2}, 400, "expected a list of at least one tile"),
        ({"tile_ids": tile(3, 3), "class_id": 2}, 400, "expected a list"),
        ({"tile_ids": [[tile(3, 3)]], "class_id": 2}, 400, "expected a list"),
        ({"tile_ids": [tile(3, 3)], "class_id": 2, "note": "x" * 501}, 400, "501 characters"),
        ({"tile_ids": [tile(3, 3)], "class_id": 2, "note": 5}, 400, "expected text"),
        ({"tile_ids": [tile(3, 3)], "class_id": 2, "after": 2**70}, 400, "after is"),
    ],
)
def test_labels_that_cannot_be_are_refused(browser, page, content, status, problem):
    answer = browser.post("/api/labels", json=content)
    assert answer.status_code == status and problem in answer.json()["error"]
    assert page.store.labels().empty or "after" in content


@pytest.mark.parametrize("raw", [b"[1]", b"{", b"\xff\xfe", b"[" * 100_000, b'"text"'])
def test_requests_that_are_no_object_are_refused(browser, raw):
    answer = browser.post("/api/labels", content=raw)
    assert answer.status_code == 400 and answer.json()["error"].startswith("request:")


def test_a_request_that_is_too_long_is_cut_off(browser, monkeypatch):
    monkeypatch.setattr(requests, "LONGEST", 1000)
    answer = browser.post("/api/labels", json={"tile_ids": ["x" * 2000], "class_id": 2})
    assert answer.status_code == 413 and "choose fewer tiles" in answer.json()["error"]


@pytest.mark.parametrize("name", ["<b>x</b>", "12", "x" * 61, "a/b"])
def test_names_of_people_are_checked(browser, name):
    answer = browser.post("/api/labels", json={"tile_ids": [tile(3, 3)], "class_id": 2}, headers={"x-author": name})
    assert answer.status_code == 400 and "your name is" in answer.json()["error"]


def test_classes_are_changed_in_the_store_and_in_the_table(browser, page):
    classes = browser.post("/api/classes", json={"name": "Melt Ponds", "colour": "#d77fc4"}).json()
    assert [entry["class_id"] for entry in classes] == [2, 5, 9, 10]
    browser.put("/api/classes/10", json={"name": "Ponds"})
    browser.put("/api/classes/10", json={"colour": "#d77fc5"})
    assert (page.folder / "classes.tsv").read_text().splitlines()[-1] == "10\tPonds\t#d77fc5\t"
    assert list(surface_classes.read(page.folder / "classes.tsv")["class_name"]) == ["Snow", "Parallel", "Chaos", "Ponds"]
    browser.post("/api/labels", json={"tile_ids": [tile(3, 3)], "class_id": 10})
    answer = browser.delete("/api/classes/10")
    assert answer.status_code == 400 and "1 tiles have it" in answer.json()["error"]
    browser.post("/api/labels/undo", json={})
    assert [entry["class_id"] for entry in browser.delete("/api/classes/10").json()] == [2, 5, 9]
    assert "Ponds" not in (page.folder / "classes.tsv").read_text()


def test_people_who_add_classes_at_once_do_not_lose_each_others(page):
    """Each third finds the table of classes impossible to write; those classes alone are nowhere afterwards."""
    names = [f"Class {chr(65 + number)}" for number in range(24)]
    refused, adding, ready = names[::3], threading.local(), threading.Barrier(len(names))

    def write():
        if adding.name in refused:
            raise OSError("no room")
        page.store.classes.write(page.folder / "classes.tsv")

    changes = Changes(page.scenes, page.store, write)

    def add(name):
        adding.name = name
        ready.wait(60)
        try:
            changes.add_class({"name": name, "colour": f"#0000{names.index(name):02x}"}, "ann")
        except OSError as error:
            return str(error)

    with ThreadPoolExecutor(len(names)) as threads:
        assert list(threads.map(add, names)) == ["no room", None, None] * 8
    kept = {"Snow", "Parallel", "Chaos", *names} - {*refused}
    assert (
        set(page.store.classes.frame()["class_name"])
        == set(surface_classes.read(page.folder / "classes.tsv")["class_name"])
        == kept
    )


def test_a_class_that_comes_back_with_its_labels_comes_back_in_the_table_too(browser, page):
    browser.post("/api/classes", json={"name": "Ponds", "colour": "#d77fc4"})
    browser.post("/api/labels", json={"tile_ids": [tile(3, 3)], "class_id": 10})
    browser.post("/api/labels/undo", json={})
    browser.delete("/api/classes/10")
    assert 10 in [entry["class_id"] for entry in browser.post("/api/labels/redo", json={}).json()["classes"]]
    assert (page.folder / "classes.tsv").read_text().splitlines()[-1] == "10\tPonds\t#d77fc4\t"


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '" onclick="x', "a&b", "", "../x", 5, None, ["x"]]
)
def test_class_names_that_could_do_harm_are_refused(browser, page, name):
    before = (page.folder / "classes.tsv").read_text()
    for answer in (
        browser.post("/api/classes", json={"name": name, "colour": "#123456"}),
        browser.put("/api/classes/2", json={"name": name}),
    ):
        assert answer.status_code == 400 and "expected" in answer.json()["error"]
        assert answer.headers["content-type"] == "application/json"
    for colour in ("red", "#12345", "#12345g", "url(x)", None, "#377eb8"):
        assert browser.put("/api/classes/2", json={"colour": colour}).status_code == 400
    assert (page.folder / "classes.tsv").read_text() == before and len(page.store.classes.frame()) == 3


def test_a_disk_that_is_read_only_is_named_and_nothing_is_lost(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    with disks.small(folder, "8m"):
        page = Page(folder)
        page.visitor().post("/api/labels", json={"tile_ids": [tile(3, 3)], "class_id": 5})
        page.store.close()
        disks.remount(folder, "ro")
        page = Page(folder, made=True)
        browser = page.visitor()
        answer = browser.post("/api/labels", json={"tile_ids": [tile(3, 4)], "class_id": 5})
        assert answer.status_code == 503 and "make sure that it can be written" in answer.json()["error"]
        for path in ("clear", "undo"):
            assert browser.post(f"/api/labels/{path}", json={"tile_ids": [tile(3, 3)]}).status_code == 503
        assert browser.post("/api/classes", json={"name": "New", "colour": "#123456"}).status_code == 503
        assert labels(browser) == {tile(3, 3): 5} and browser.get(f"/api/tiles/{tile(3, 3)}").status_code == 200
        page.store.close()
        disks.remount(folder, "rw")
        page = Page(folder, made=True)
        browser = page.visitor()
        browser.post("/api/labels", json={"tile_ids": [tile(3, 4)], "class_id": 5})
        assert labels(browser) == {tile(3, 3): 5, tile(3, 4): 5}
        page.store.close()


def test_a_table_of_classes_that_cannot_be_written_changes_nothing(browser, page):
    (page.folder / "classes.tsv").unlink()
    (page.folder / "classes.tsv").mkdir()
    answer = browser.post("/api/classes", json={"name": "New", "colour": "#123456"})
    assert answer.status_code == 503
    assert list(page.store.classes.frame()["class_name"]) == ["Snow", "Parallel", "Chaos"]


# The ground


def test_north_and_lengths_are_those_of_the_earth(page):
    facts = page.scenes.facts("a")
    found = ground.orientation(facts)
    lon, lat = pyproj.Transformer.from_crs(3413, 4326, always_xy=True).transform(
        facts["transform"][2] + 80 * 1.02, facts["transform"][5] - 60
    )
    west = np.radians(lon + 45)  # the meridian of 45° W is the map's vertical; pixels are not square
    expected = np.degrees(np.arctan2(np.sin(west) / facts["transform"][0], np.cos(west) / -facts["transform"][4]))
    assert abs((found["true_north_deg"] - 360) + expected) < 0.1
    assert found["grid_north_deg"] == 0
    scale = pyproj.Proj(3413).get_factors(lon, lat).parallel_scale
    assert abs(found["ground_m"] - facts["pixel_width_m"] / scale) < 1e-4
    turned = facts | {"transform": [0.0, 0.5, 800_000.0, 0.5, 0.0, -1_100_000.0]}  # columns to the north, rows to the east
    assert ground.orientation(turned)["grid_north_deg"] == pytest.approx(90)
    nowhere = ground.orientation(facts | {"crs_wkt": None})
    assert nowhere["true_north_deg"] is None and nowhere["ground_m"] == facts["pixel_width_m"]


@pytest.mark.parametrize(
    "epsg, lon, lat, pixel", [(3571, -141, 60.2, (1, 1)), (4087, 16, 78.6, (1, 1)), (3035, -18, 64.2, (2, 1))]
)
def test_the_arrow_points_to_where_places_in_the_north_are_on_the_image(epsg, lon, lat, pixel):
    to_grid = pyproj.Transformer.from_crs(4326, epsg, always_xy=True)
    (x, north_x), (y, north_y) = to_grid.transform(np.array([lon, lon]), np.array([lat, lat + 1e-4]))
    facts = {"crs_wkt": pyproj.CRS(epsg).to_wkt(), "width_px": 0, "height_px": 0, "pixel_width_m": pixel[1]}
    found = ground.orientation(facts | {"transform": [pixel[1], 0, x, 0, -pixel[0], y]})
    expected = np.degrees(np.arctan2((north_x - x) / pixel[1], (north_y - y) / pixel[0]))
    assert (found["true_north_deg"] - expected + 180) % 360 - 180 == pytest.approx(0, abs=0.05)


def test_places_are_ground_and_the_same_on_all_dates(browser, page):
    def found():
        return browser.get("/api/targets").json()["found"]

    assert found() == {}
    browser.post("/api/labels", json={"tile_ids": [tile(4, 4), tile(4, 4, "b")], "class_id": 5})
    assert found() == {"5": 1}  # one place on two dates
    browser.post("/api/labels", json={"tile_ids": [tile(9, 9), tile(0, 9)], "class_id": 5})
    browser.post("/api/labels", json={"tile_ids": [tile(9, 2)], "class_id": 9})
    assert found() == {"5": 3, "9": 1}


@pytest.mark.parametrize("epsg, unit", [(32633, 1.0), (3413, 1.0), (3857, 4.81)])
def test_places_are_as_large_in_every_coordinate_system(tmp_path, epsg, unit):
    """Two scenes far apart of 256 tiles of 64 m each; UTM gives the same coordinates in every zone."""
    labels = []
    for name, code, lon, lat in (("a", epsg, 15.0, 78.0), ("b", 32634, 21.0, 78.0)):
        x, y = pyproj.Transformer.from_crs(4326, code, always_xy=True).transform(lon, lat)
        pixel = 2 * (unit if name == "a" else 1)
        given = {"crs": code, "corner": (x, y), "pixel": (pixel, pixel), "pixel_height_m": 2.0, "pixel_width_m": 2.0}
        path = tile_tables.grid(tmp_path / "tiles" / f"{name}.parquet", name, (512, 512), (32, 32), **given)
        files.write_json(tmp_path / "scenes" / f"{name}.json", tables.read_metadata(path)["scene"])
        labels.append(tables.read(path, ["tile_id", "scene"]).assign(class_id=1))
    assert 2 * 16 <= ground.places(Scenes(tmp_path, ["a", "b"]), pd.concat(labels))[1] <= 2 * 25


def test_a_second_opinion_is_that_of_the_same_place(browser, page):
    browser.post("/api/labels", json={"tile_ids": [tile(4, 4, "b")], "class_id": 9})
    other = browser.get(f"/api/tiles/{tile(4, 4)}/date/b").json()
    assert (
        other["tile_id"] == tile(4, 4, "b") and other["class_id"] == 9 and set(other["predictions"]) == {"resnet18", "variomlp"}
    )
    low, high = other["stretch"]
    assert low < high
    assert browser.get(f"/api/tiles/{tile(4, 4)}/date/c").status_code == 404


def test_a_place_that_another_date_does_not_show_has_no_second_opinion(tmp_path):
    far = Page(tmp_path, scenes=(("a", "2016-06-25T17:03:09Z", 3413), ("b", "2017-05-28T15:24:17Z", 32633)))
    assert far.visitor().get(f"/api/tiles/{tile(4, 4)}/date/b").json() == {"tile_id": None}
    far.store.close()


def test_an_address_is_usable_again_in_the_browser_that_it_let_in(page):
    first = page.tokens[-1]
    browser = page.visitor()
    again = browser.get(f"/?token={first}")
    assert again.status_code == 200 and "token" not in str(again.url) and len(page.tokens) == 2
    assert page.client().get(f"/?token={first}").status_code == 401


def test_a_change_that_is_sent_again_is_made_once(browser):
    for name, column in (("one", 3), ("two", 4)):
        sent = {"tile_ids": [tile(3, column)], "class_id": 2, "change": name}
        first, again = (browser.post("/api/labels", json=sent).json() for _ in range(2))
        assert first["batch"] == again["batch"] and again["n_tiles"] == 1
    for _ in range(3):
        browser.post("/api/labels/undo", json={"change": "three"})
    assert set(labels(browser)) == {tile(3, 3)}


def test_a_store_that_was_replaced_is_told_and_shown_anew(page, browser, tmp_path):
    browser.post("/api/labels", json={"tile_ids": [tile(3, 3)], "class_id": 2})
    with LabelStore.create(tmp_path / "other.gpkg", surface_classes.read(page.folder / "classes.tsv"), None):
        pass
    (tmp_path / "other.gpkg").replace(page.store.path)
    answer = browser.post("/api/labels", json={"tile_ids": [tile(3, 4)], "class_id": 2})
    assert answer.status_code == 409 and "replaced by another file" in answer.json()["error"]
    assert labels(browser) == {}


@pytest.mark.parametrize("address", ["/api/labels", "/api/classes"])
def test_text_that_is_no_valid_unicode_is_refused(browser, address):
    sent = b'{"tile_ids": ["\\ud800"], "class_id": 1, "name": "\\udfff", "colour": "#123456"}'
    answer = browser.post(address, content=sent)
    assert answer.status_code == 400 and "not readable as JSON" in answer.json()["error"]
