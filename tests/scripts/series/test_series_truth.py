"""A series against the truth of the simulated glacier: what a model that errs a little, in blocks, makes of areas and of the front."""

import importlib.util

import numpy as np
import pandas as pd
import pytest
import rasterio
from class_series import MODEL, write_date
from series.summarize_series import summarize_series
from simulation.simulate_series import simulate_series

from geoclass.series import areas

DATES = {"a": "2016-06-25T17:03:09Z", "b": "2017-05-28T15:24:17Z", "c": "2019-07-04T14:36:52Z"}
SIDE = 16
CREVASSED = ["Shear", "Parallel", "Parallel with Shear", "Subordinate Shear", "Multidirectional", "Multigenerational", "Chaos"]
ERRORS = 0.06  # share of blocks whose tiles all get one and the same other class


def tile_classes(truth):
    """Return the class of every whole tile, that of most of its pixels; 0 where less than half of them have one."""
    rows, columns = truth.shape[0] // SIDE, truth.shape[1] // SIDE
    tiles = truth[: rows * SIDE, : columns * SIDE].reshape(rows, SIDE, columns, SIDE).swapaxes(1, 2).reshape(rows, columns, -1)
    counts = np.stack([(tiles == class_id).sum(-1) for class_id in range(1, 12)], axis=-1)
    return np.where(counts.sum(-1) >= SIDE**2 / 2, counts.argmax(-1) + 1, 0)


def erring(classes, generator):
    """Return the classes with errors in blocks of 3 x 3 tiles, and the block of every tile."""
    row, column = np.indices(classes.shape) // 3
    block = row * 1000 + column
    wrong = {b: generator.integers(1, 12) for b in np.unique(block) if generator.random() < ERRORS}
    errors = np.vectorize(lambda b: wrong.get(b, 0))(block)
    return np.where((errors > 0) & (classes > 0), errors, classes), block


@pytest.fixture(scope="module")
def bench(request):
    path = request.config.rootpath / "tests" / "bench" / "series_truth.py"
    spec = importlib.util.spec_from_file_location("bench_series", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def simulated(measured, tmp_path_factory):
    """Return the true classes of the tiles of all dates."""
    truths = sorted((tmp_path_factory.getbasetemp()).glob("truth*/truth_*.tif"))
    return [tile_classes(rasterio.open(path).read(1)) for path in truths]


@pytest.fixture(scope="module")
def measured(tmp_path_factory, request, bench):
    folder = tmp_path_factory.mktemp("truth")
    days = {scene: date[:10].replace("-", "") for scene, date in DATES.items()}
    names = {
        scene: f"WV02_{day}{DATES[scene][11:19].replace(':', '')}_103001005EED000{number}_{day[2:4]}JUN{day[6:]}000000-P1BS-000000000000_01"
        "_P001_u16ns3413.tif"
        for number, (scene, day) in enumerate(days.items(), 1)
    }
    simulate_series(
        scenes={scene: str(folder / name) for scene, name in names.items()}, labelled=[],
        truth=[str(folder / f"truth_{day}.tif") for day in days.values()], clouds=[], labels=str(folder / "labels.gpkg"),
        roi=str(folder / "roi.gpkg"), centre_line=str(folder / "centre_line.gpkg"), height_px=768, width_px=768, spacing_m=3.0, seed=1,
    )  # fmt: skip
    classes = request.config.rootpath / "config" / "classes.tsv"
    known = pd.read_csv(classes, sep="\t")[["class_id", "class_name", "colour"]].to_dict("records")
    generator, reference = np.random.default_rng(4), []
    for scene, day in days.items():
        with rasterio.open(folder / f"truth_{day}.tif") as source:
            transform, truth = source.transform, source.read(1)
        true = tile_classes(truth)
        mapped, block = erring(true, generator)
        size = {"corner": (transform.c, transform.f), "pixel": (-transform.e, transform.a), "side": SIDE}
        write_date(folder, scene, DATES[scene], mapped, model=MODEL | {"classes": known}, **size)
        held = (true > 0) & (generator.random(true.shape) < 0.8) & (block % 4 == 0)  # whole blocks, not all of their tiles
        frame = {"class_id": true[held], "predicted_id": mapped[held], "block": [f"{scene}{b}" for b in block[held]]}
        reference.append(pd.DataFrame(frame).assign(model="varionet"))
    pd.concat(reference).to_parquet(folder / "predictions.parquet")
    tables = ("areas", "coverage", "transitions", "structure", "front")
    output = {name: str(folder / "series" / f"{name}.tsv") for name in tables} | {"netcdf": str(folder / "series" / "series.nc")}
    output |= {f"{name}_figure": str(folder / f"{name}.png") for name in ("areas", "change", "transitions", "structure", "front")}
    summarize_series(
        [str(folder / f"{scene}.parquet") for scene in DATES], [str(folder / f"{scene}_vario.parquet") for scene in DATES],
        str(classes), str(folder / "predictions.parquet"), str(folder / "centre_line.gpkg"), CREVASSED, 0, "", output,
    )  # fmt: skip
    return bench.measure(folder / "series", folder)


def test_mapped_areas_are_those_of_the_truth(measured):
    found, _ = measured
    assert len(found) == 3 * 11 and np.isclose(found.groupby("date")["true"].sum(), 1).all()
    assert (found["mapped"] - found["true"]).abs().max() <= 0.05
    assert (found["known_mapped"] - found["known_true"]).abs().max() <= 0.05


def test_intervals_hold_the_true_areas(measured):
    """Of one draw of errors; the next test draws many."""
    found, _ = measured
    assert found["inside"].mean() >= 0.8
    assert (found["high"] - found["low"]).mean() < 0.25  # and say something


def test_intervals_hold_most_true_areas_whatever_the_draw(simulated):
    inside = []
    for seed in range(12):
        generator, blocks, cells, true = np.random.default_rng(seed), {}, [], []
        for day, classes in enumerate(simulated):
            mapped, block = erring(classes, generator)
            seen = classes > 0
            held = seen & (generator.random(classes.shape) < 0.8) & (block % 4 == 0)
            for one, other, name in zip(mapped[held], classes[held], block[held], strict=True):
                blocks.setdefault((day, name), np.zeros((11, 11)))[one - 1, other - 1] += 1
            cells.append(np.bincount(mapped[seen], minlength=12)[1:])
            true.append(np.bincount(classes[seen], minlength=12)[1:])
        result = areas.with_interval(np.array(list(blocks.values())), np.array(cells), 1.0)
        inside.append((result.low <= true) & (true <= result.high))
    assert np.mean(inside) >= 0.93


def test_the_front_is_found_within_two_tiles(measured):
    _, front = measured
    assert len(front) == 3 and (front["cells"].abs() <= 2).all()


def test_the_bench_puts_it_into_one_row(bench, measured):
    row = bench.row("varionet", *measured)
    assert row.startswith("| varionet | ") and row.count("|") == 10
