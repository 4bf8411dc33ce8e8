"""Tiles claimed by polygons, points, names and images, and what becomes of the claims."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import tile_tables
from hypothesis import given, settings
from hypothesis import strategies as st

from geoclass.labels import binding, tile_sets

CLASSES = pd.DataFrame({"class_id": [1, 2], "class_name": ["smooth", "rough"]})


@pytest.fixture
def tiles(tmp_path):
    """Scene a: 10 x 10 tiles of 10 m below (0, 100); scene b: the same ground on a half-step grid."""
    return [
        tile_sets.read_tiles(tile_tables.grid(tmp_path / "a.parquet", "a", corner=(0, 100))),
        tile_sets.read_tiles(tile_tables.grid(tmp_path / "b.parquet", "b", stride=(5, 5), corner=(0, 100))),
    ]


def items(shapes, class_ids=1, scene="a", group="", crs=tile_tables.UTM):
    kinds = ["point" if shape.geom_type == "Point" else "polygon" for shape in shapes]
    columns = {"kind": kinds, "class_id": class_ids, "scene": scene, "tile_id": "", "group": group, "origin": "human"}
    columns["confidence"] = np.nan
    return gpd.GeoDataFrame(columns, index=range(len(shapes)), geometry=shapes, crs=crs)


def claimed(claims):
    claims = claims[claims["enough"]]
    return dict(zip(claims["tile_id"], claims["inside_share"].round(6), strict=True))


def test_reading_leaves_the_pixels_alone(tmp_path, tiles):
    assert (tiles[0].scene, tiles[0].source, len(tiles[0].tile_ids)) == ("a", "images/WV02_a.tif", 100)
    assert tiles[0].footprints.iloc[11].bounds == (10, 80, 20, 90) and tiles[0].footprints.crs == tile_tables.UTM
    images = tile_sets.read_tiles(tile_tables.images(tmp_path / "set.parquet", "set", ["smooth/1.png"]))
    assert images.footprints is None and list(images.tile_ids) == ["set_smooth_1"]


def test_a_tile_gets_the_class_of_the_polygon_that_holds_enough_of_it(tiles):
    found = binding.bind(items([shapely.box(0, 80, 18, 97.9)]), tiles, 0.8, "s")
    assert claimed(found) == {"a_r000010_c000000": 1.0, "a_r000010_c000010": 0.8}  # 79 % of the upper left tile is not enough
    assert claimed(binding.bind(items([shapely.box(0, 80, 18, 97.9)]), tiles, 0.79, "s"))["a_r000000_c000000"] == 0.79


def test_polygons_of_one_class_count_together_once(tiles):
    halves = [shapely.box(0, 90, 6, 100), shapely.box(4, 90, 10, 100)]
    assert claimed(binding.bind(items(halves), tiles, 1.0, "s")) == {"a_r000000_c000000": 1.0}
    overlap = [shapely.box(0, 90, 5, 100), shapely.box(1, 90, 6, 100)]
    assert claimed(binding.bind(items(overlap), tiles, 0.5, "s")) == {"a_r000000_c000000": 0.6}
    with pytest.raises(ValueError, match="no tile lies in any of its 2 polygons"):
        binding.bind(items(halves, class_ids=[1, 2]), tiles, 0.8, "s")


def test_the_group_is_that_of_the_largest_part(tiles):
    parts = [shapely.box(0, 90, 4, 100), shapely.box(4, 90, 10, 100)]
    assert list(binding.bind(items(parts, group=["north", "south"]), tiles, 0.8, "s")["group"]) == ["south"]


def test_a_hole_is_not_inside(tiles):
    ring = shapely.box(0, 70, 30, 100).difference(shapely.box(11, 81, 19, 89))
    assert set(claimed(binding.bind(items([ring]), tiles, 0.8, "s"))) == set(
        f"a_r{r:06d}_c{c:06d}" for r in (0, 10, 20) for c in (0, 10, 20) if (r, c) != (10, 10)
    )


def test_labels_in_other_coordinates_are_reprojected(tiles):
    degrees = gpd.GeoSeries([shapely.box(-1, 69, 31, 101)], crs=tile_tables.UTM).to_crs("EPSG:4326")
    found = binding.bind(items(list(degrees), crs="EPSG:4326"), tiles, 0.8, "s")
    assert len(found) == 9 and np.allclose(found["inside_share"], 1)


@settings(deadline=None)
@given(
    st.lists(st.tuples(*[st.floats(0, 100)] * 4), min_size=1, max_size=5),
    st.floats(0.05, 1),
)
def test_shares_are_those_of_the_union(boxes, share):
    shapes = [shapely.box(min(a, c), min(b, d), max(a, c) + 1, max(b, d) + 1) for a, b, c, d in boxes]
    footprints = np.array([shapely.box(x, y, x + 10, y + 10) for x in range(0, 100, 10) for y in range(0, 100, 10)])
    table = tile_sets.Tiles("a", "a.tif", np.arange(100).astype(str), gpd.GeoSeries(footprints, crs=tile_tables.UTM), None)
    expected = shapely.area(shapely.intersection(footprints, shapely.union_all(shapes))) / 100
    clear = abs(expected - share) > 1e-5
    try:
        found = claimed(binding.bind(items(shapes), [table], share, "s"))
    except ValueError:
        found = {}
    assert set(np.flatnonzero(clear & (expected > share)).astype(str)) == set(found) - set(np.flatnonzero(~clear).astype(str))
    assert all(abs(expected[int(tile)] - inside) < 1e-5 for tile, inside in found.items())


def test_a_point_labels_the_tile_it_lies_in(tiles):
    found = binding.bind(items([shapely.Point(12, 99)]), tiles, 0.8, "s")
    assert claimed(found) == {"a_r000000_c000010": 1.0}


def test_of_overlapping_tiles_a_point_labels_the_one_with_the_nearest_centre(tiles):
    found = binding.bind(items([shapely.Point(13, 88)], scene="b"), tiles, 0.8, "s")
    assert claimed(found) == {"b_r000005_c000010": 1.0}  # its centre is (15, 90)


@pytest.mark.parametrize("name", ["a", "WV02_a", "WV02_a.tif"])
def test_a_scene_is_named_by_id_or_file(tiles, name):
    assert set(binding.bind(items([shapely.box(0, 90, 10, 100)], scene=name), tiles, 0.8, "s")["scene"]) == {"a"}


def test_a_lone_scene_need_not_be_named(tiles):
    assert len(binding.bind(items([shapely.box(0, 90, 10, 100)], scene=""), tiles[:1], 0.8, "s")) == 1
    with pytest.raises(ValueError, match=r"s: row 1: no scene, expected one of a, b; fill in the column scene"):
        binding.bind(items([shapely.box(0, 90, 10, 100)], scene=""), tiles, 0.8, "s")


def test_an_unknown_scene_is_one_sentence(tiles):
    with pytest.raises(ValueError, match=r"s: row 1: scene WV02_aa, expected one of .*, a, b; did you mean WV02_a\?"):
        binding.bind(items([shapely.box(0, 90, 10, 100)], scene="WV02_aa"), tiles, 0.8, "s")
    with pytest.raises(ValueError, match=r"scene 2017, .*; correct it, or mark the scene as labelled in the table of scenes"):
        binding.bind(items([shapely.box(0, 90, 10, 100)], scene="2017"), tiles, 0.8, "s")


def test_a_source_that_labels_nothing_is_one_sentence(tiles):
    far = [shapely.box(5000, 5000, 5100, 5100), shapely.Point(-7, 3)]
    with pytest.raises(
        ValueError, match=r"s: no tile lies in any of its 2 polygons and points \(.* of class \d.*\), expected 80% of a tile"
    ):
        binding.bind(items(far), tiles, 0.8, "s")
    with pytest.raises(ValueError, match=r"points \(1 of class Rift, 1 of class Snow\), expected"):
        binding.bind(items(far, class_ids=[2, 1]), tiles, 0.8, "s", {1: "Snow", 2: "Rift"})
    named = items(far).assign(kind="tile", tile_id="c_r000000_c000000")
    with pytest.raises(
        ValueError, match=r"s: none of its tiles is a tile of the labelled scenes, .*; mark its scenes as labelled"
    ):
        binding.bind(named, tiles, 0.8, "s")


NOWHERE = {  # longitude and latitude swapped, in all corners or in one
    "a point": shapely.Point(60, -139.5),
    "a polygon": shapely.box(60, -139.5, 60.1, -139.4),
    "a corner": shapely.Polygon([(-75, 40), (-74, 40), (40, -139.5)]),
}


@pytest.mark.parametrize("shape", NOWHERE.values(), ids=NOWHERE)
def test_labels_that_no_scene_can_show_claim_nothing(tiles, shape):
    with pytest.raises(ValueError, match="s: no tile lies in any of its 1 polygons and points"):
        binding.bind(items([shape], crs="EPSG:4326"), tiles, 0.8, "s")
    x, y = gpd.GeoSeries([shapely.Point(5, 95)], crs=tile_tables.UTM).to_crs("EPSG:4326").iloc[0].coords[0]
    found = binding.bind(items([shape, shapely.Point(x, y)], crs="EPSG:4326"), tiles, 0.8, "s")
    assert found[["item", "tile_id"]].to_numpy().tolist() == [[1, "a_r000000_c000000"]]


def test_named_tiles_are_bound_by_name(tiles, caplog):
    named = items([shapely.Point(0, 0)] * 2, class_ids=[1, 2]).assign(kind="tile", tile_id=["b_r000005_c000000", "gone"])
    found = binding.bind(named.assign(geometry=None), tiles, 0.8, "s")
    assert found[["tile_id", "scene", "class_id"]].to_dict("records") == [
        {"tile_id": "b_r000005_c000000", "scene": "b", "class_id": 1}
    ]
    assert "s: 1 of 2 labels name no tile of the labelled scenes and are left out" in caplog.text


RECUT = {  # how the scene lies now, whose tiles of 10 m were labelled from (0, 100) on: a column of smooth ice beside one that is rough
    "as it was": ({}, {"a_r000000_c000000": 1, "a_r000010_c000000": 1, "a_r000000_c000010": 2, "a_r000010_c000010": 2}),
    "halved": ({"size": (5, 5)}, {f"a_r{r:06d}_c{c:06d}": 1 + c // 10 for r in (0, 5, 10, 15) for c in (0, 5, 10, 15)}),
    "doubled": ({"size": (20, 10)}, {"a_r000000_c000000": 1, "a_r000000_c000010": 2}),
    "another extent": (
        {"corner": (-10, 120)},
        {"a_r000020_c000010": 1, "a_r000030_c000010": 1, "a_r000020_c000020": 2, "a_r000030_c000020": 2},
    ),
}


@pytest.mark.parametrize(("now", "labels"), RECUT.values(), ids=RECUT)
def test_a_name_counts_on_the_ground_that_it_was_given_on(tmp_path, caplog, now, labels):
    before = tile_sets.read_tiles(tile_tables.grid(tmp_path / "before.parquet", "a", corner=(0, 100)))
    rows = [0, 1, 10, 11]
    named = items(list(before.footprints.iloc[rows]), class_ids=[1, 2, 1, 2]).assign(kind="tile", tile_id=before.tile_ids[rows])
    table = tile_sets.read_tiles(tile_tables.grid(tmp_path / "a.parquet", "a", **({"corner": (0, 100)} | now)))
    found = binding.bind(named, [table], 0.8, "s")
    assert dict(zip(found["tile_id"], found["class_id"], strict=True)) == labels
    assert ("s: 4 of 4 labels name tiles that lie elsewhere" in caplog.text) == bool(now)


def test_names_count_beside_footprints_in_degrees(tmp_path, caplog):
    table = tile_sets.read_tiles(tile_tables.grid(tmp_path / "a.parquet", "a", corner=(600000, 4400000)))
    degrees = shapely.set_precision(table.footprints.to_crs("EPSG:4326").to_numpy(), 1e-7)  # as GeoJSON has them
    named = items(list(degrees), crs="EPSG:4326").assign(kind="tile", tile_id=table.tile_ids)
    assert list(binding.bind(named, [table], 0.8, "s")["tile_id"]) == list(table.tile_ids) and not caplog.text


def test_labels_of_a_scene_that_is_not_labelled_are_counted(tiles, caplog):
    ids = ["a_r000000_c000000", "c_r000000_c000000"]
    named = items([shapely.box(0, 90, 10, 100)] * 2, class_ids=[1, 2]).assign(kind="tile", tile_id=ids)
    assert claimed(binding.bind(named, tiles, 0.8, "s")) == {ids[0]: 1.0}
    assert "s: 1 of 2 labels name no tile of the labelled scenes and are left out" in caplog.text


def test_proposals_that_go_by_their_ground_are_not_taken_for_labels_of_people(tiles):
    halves = [shapely.box(0, 90, 5, 100), shapely.box(5, 90, 10, 100)]
    named = items(halves).assign(kind="tile", tile_id=["a_r0_c0", "a_r0_c5"], origin=["human", "varionet round01"])
    with pytest.raises(ValueError, match="no tile lies in any of its 2 polygons"):
        binding.bind(named, tiles, 0.8, "s")


def test_windows_lie_where_the_pixels_of_the_scene_do(tmp_path):
    scene = tile_sets.read_tiles(tile_tables.grid(tmp_path / "c.parquet", "c", corner=(600000, 4400000), pixel=(0.5, 2)))
    windows = items([shapely.box(10, 20, 20, 30), shapely.box(37, 40, 47, 50)], scene="c", crs=None).assign(kind="window")
    assert claimed(binding.bind(windows, [scene], 0.7, "s")) == {"c_r000020_c000010": 1.0, "c_r000040_c000040": 0.7}
    larger = items([shapely.box(0, 0, 50, 50)], scene="c", crs=None).assign(kind="window")
    with pytest.raises(
        ValueError, match=r"scene c: labels of tiles of 50 x 50 px, 25 times the area of the tiles .*; set tile_scene"
    ):
        binding.bind(larger, [scene], 0.7, "s")


@pytest.mark.parametrize("rows_turned", [False, True])
@pytest.mark.parametrize("columns_turned", [False, True])
def test_windows_of_an_image_that_was_turned_are_turned_too(tmp_path, rows_turned, columns_turned):
    turned = {"rows_turned": rows_turned, "columns_turned": columns_turned}
    scene = tile_sets.read_tiles(tile_tables.grid(tmp_path / "c.parquet", "c", (100, 80), pixel=(0.5, 2), **turned))
    window = items([shapely.box(10, 20, 20, 30)], scene="c", crs=None).assign(kind="window")
    row, column = 70 if rows_turned else 20, 60 if columns_turned else 10
    assert claimed(binding.bind(window, [scene], 0.8, "s")) == {f"c_r{row:06d}_c{column:06d}": 1.0}


def claims(*rows):
    columns = ["tile_id", "class_id", "origin", "inside_share", "group", "source"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(item=range(len(rows)), scene="a", confidence=np.nan, enough=frame["inside_share"] >= 0.8)


def test_two_classes_leave_a_tile_without_label():
    table, fate = binding.settle(
        claims(
            ("t1", 1, "human", 1.0, "", "x"),
            ("t1", 2, "human", 0.9, "", "y"),
            ("t2", 1, "human", 0.85, "north", "x"),
            ("t2", 1, "human", 0.95, "south", "y"),
        )
    )
    assert table[["tile_id", "class_id", "inside_share", "group", "source"]].to_numpy().tolist() == [
        ["t2", 1, 0.95, "south", "y"]
    ]
    assert list(fate) == ["conflict", "conflict", "agreed", "agreed"]


@pytest.mark.parametrize(
    ("rows", "labels", "fates"),
    [
        ([(1, "human", 1.0), (2, "human", 0.78)], [], ["conflict", "conflict"]),
        ([(1, "human", 1.0), (1, "human", 0.5)], [1], ["agreed", "short"]),
        ([(1, "human", 0.5), (2, "human", 0.5)], [], ["short", "short"]),
        ([(1, "varionet 2", 1.0), (2, "human", 0.78)], [], ["conflict", "conflict"]),
        ([(1, "human", 1.0), (2, "varionet 2", 0.78)], [1], ["agreed", "short"]),
    ],
)
def test_a_class_denies_a_tile_that_it_covers_too_much_of(rows, labels, fates):
    table, fate = binding.settle(claims(*[("t", class_id, origin, share, "", "x") for class_id, origin, share in rows]))
    assert (list(table["class_id"]), list(fate)) == (labels, fates)


@pytest.mark.parametrize(("side", "labels"), [(1.9, {1}), (2.1, set()), (7.8, set()), (10, set())])
def test_a_polygon_over_one_of_another_class_takes_the_tile_from_it(tiles, side, labels):
    drawn = items([shapely.box(0, 90, 10, 100), shapely.box(0, 90, side, 100)], class_ids=[1, 2])
    found = binding.bind(drawn, tiles, 0.8, "s")
    table, fate = binding.settle(found)
    assert set(table["class_id"]) == labels
    counts = binding.report({"s": drawn}, found, fate, CLASSES)
    assert list(counts["conflicts"]) == ([0, 0] if labels else [1, 1]) and list(counts["outside"]) == [0, len(labels)]


def test_a_person_overrules_a_model():
    table, fate = binding.settle(
        claims(
            ("t1", 1, "varionet 2", 1.0, "", "x"),
            ("t1", 2, "human", 1.0, "", "y"),
            ("t2", 1, "varionet 2", 1.0, "", "x"),
            ("t3", 1, "varionet 2", 1.0, "", "x"),
            ("t3", 2, "resnet18 1", 1.0, "", "y"),
        )
    )
    assert table[["tile_id", "class_id", "origin"]].to_numpy().tolist() == [["t1", 2, "human"], ["t2", 1, "varionet 2"]]
    assert list(fate) == ["overruled", "agreed", "agreed", "conflict", "conflict"]


@settings(deadline=None)
@given(st.permutations(range(12)))
def test_the_order_of_claims_does_not_matter(order):
    rng = np.random.default_rng(4)
    frame = claims(
        *[(f"t{rng.integers(5)}", int(rng.integers(1, 3)), "human", float(rng.integers(8, 11)) / 10, "", "x") for _ in range(12)]
    )
    expected = binding.settle(frame)[0]
    pd.testing.assert_frame_equal(binding.settle(frame.iloc[list(order)])[0], expected)
    assert expected["tile_id"].is_monotonic_increasing and expected["tile_id"].is_unique


def test_the_report_accounts_for_every_item(tiles):
    source = items([shapely.box(0, 80, 20, 100), shapely.box(0, 90, 10, 100), shapely.Point(500, 500)], class_ids=[1, 2, 2])
    found = binding.bind(source, tiles, 0.8, "s")
    counts = binding.report({"s": source}, found, binding.settle(found)[1], CLASSES)
    assert counts.to_dict("list") == {
        "source": ["s"] * 3,
        "kind": ["point", "polygon", "polygon"],
        "class_id": [2, 1, 2],
        "class_name": ["rough", "smooth", "rough"],
        "items": [1, 1, 1],
        "tiles": [0, 3, 0],
        "conflicts": [0, 1, 1],
        "overruled": [0, 0, 0],
        "outside": [1, 0, 0],
    }
