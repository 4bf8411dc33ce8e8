"""The NetCDF of the series: xarray, cf_xarray, the checker of the CF conventions, and CDO."""

import sys
from pathlib import Path

import hostile
import numpy as np
import pytest
import rasterio
import xarray
from consumers import install, python, run

from geoclass.core.identifiers import identifiers


@pytest.fixture(scope="module")
def series(results):
    """Return the NetCDF."""
    return results / "series" / hostile.MODEL / "series.nc"


@pytest.mark.reads("xarray", "series")
def test_xarray_reads_classes_dates_and_credits(series, class_map, classes):
    with xarray.open_dataset(series) as data:
        assert list(data["time"].dt.strftime("%Y%m%d").values) == list(hostile.DATES)
        assert data.attrs["credits"] == hostile.CREDITS
        flags = data["class"].attrs["flag_meanings"].split()
        assert flags == identifiers(classes)[: len(flags)] and len(set(flags)) == len(hostile.NAMES)
        assert all(name in data["class"].attrs["comment"] for name in hostile.NAMES)
        last = data["class"].isel(time=-1)
        counts = {int(value): int((last == value).sum()) for value in classes["class_id"]}
    with rasterio.open(class_map) as dataset:
        cells = dataset.read(1)
    observed = classes["observed"] == "yes"  # what hides the glacier is mapped, and no part of the series
    assert not any(counts[value] for value in classes["class_id"][~observed])
    counts, classes = {value: counts[value] for value in classes["class_id"][observed]}, classes[observed]
    assert counts == {int(value): int((cells == value).sum()) for value in classes["class_id"]}


CF = """
import sys, cf_xarray, xarray
with xarray.open_dataset(sys.argv[1]) as data:
    flags = data["class"].cf.flags
    for name in flags: print(name, int(flags[name].isel(time=-1).sum()))
    assert set(data.cf.axes) == {"T", "X", "Y"} and data.cf.standard_names["cell_area"] == ["cell_area"]
    assert set(data.cf.bounds) >= {"x", "y", "lat", "lon"} and data.cf.cell_measures == {"area": ["cell_area"]}
"""


@pytest.mark.reads("cf_xarray", "series")
def test_cf_xarray_tells_every_class_by_its_flag(series, classes):
    found = dict(line.split() for line in run(python(), "-c", CF, series).splitlines())
    assert list(found) == identifiers(classes)[: len(hostile.NAMES)]
    with xarray.open_dataset(series) as data:
        last = data["class"].isel(time=-1)
        expected = [str(int((last == value).sum())) for value in classes["class_id"][: len(hostile.NAMES)]]
    assert list(found.values()) == expected


@pytest.mark.reads("compliance-checker", "series")
def test_the_checker_of_the_cf_conventions_finds_nothing(series):
    text = run(Path(sys.executable).with_name("compliance-checker"), "-t", "cf:1.11", "-c", "strict", series)
    assert "All tests passed!" in text


@pytest.mark.reads("CDO", "series")
def test_cdo_weighs_means_by_the_areas_of_the_cells(series, tmp_path):
    install("cdo", "cdo")
    with xarray.open_dataset(series) as data:
        area, confidence = data["cell_area"].values, data["confidence"].values
    run("cdo", "-s", "gridarea", "-selname,confidence", series, tmp_path / "area.nc")
    with xarray.open_dataset(tmp_path / "area.nc") as made:
        np.testing.assert_allclose(made["cell_area"].values, area, rtol=0.01)
    text = run("cdo", "-s", "-b", "F64", "outputf,%.6f", "-fldmean", "-selname,confidence", series)
    known = ~np.isnan(confidence)
    means = [np.average(date[seen], weights=area[seen]) for date, seen in zip(confidence, known, strict=True)]
    np.testing.assert_allclose([float(value) for value in text.split()], means, rtol=1e-3)
