#!/usr/bin/env bash
# Zarr 3.1.6 and xarray 2026.9.0: speeds of ice and a map of classes written by Zarr in its formats 2 and 3, with default settings, and
# opened by xarray.
# Guess: the values are those that were written, whichever the format: fill_value is only what a chunk holds that was never written.
# Seen:  in format 2 xarray takes it for the mark of missing values, and its default is 0: cells at rest and class 0 are gone, classes are
#        floats, and the mean speed doubles. use_zarr_fill_value_as_mask=False, documented for this, changes nothing: it is lost on its way.
#        Arrays made with fill_value=None, or in format 3, are read as they are.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q --no-compile xarray==2026.9.0 zarr==3.1.6 pandas==2.3.3 numpy==2.4.6
env/bin/python -W error - <<'P'
import numpy as np
import xarray as xr
import zarr

speed = np.array([[0, 0, 0], [40, 60, 80]], "float32")
classes = np.array([[0, 0, 1], [2, 2, 1]], "uint8")
found = {}
for name, version, made, opening in (
    ("format 2", 2, {}, {}),
    ("format 2, use_zarr_fill_value_as_mask=False", 2, {}, {"use_zarr_fill_value_as_mask": False}),
    ("format 2, made with fill_value=None", 2, {"fill_value": None}, {}),
    ("format 3", 3, {}, {}),
):
    group = zarr.open_group(f"{len(found)}.zarr", mode="w", zarr_format=version)
    for key, values in (("speed", speed), ("class", classes)):
        names = {"dimension_names": ("y", "x")} if version == 3 else {"attributes": {"_ARRAY_DIMENSIONS": ["y", "x"]}}
        group.create_array(key, shape=values.shape, dtype=values.dtype, chunks=values.shape, **names, **made)[:] = values
        assert np.array_equal(group[key][:], values)  # as Zarr itself reads it
    opened = xr.open_zarr(f"{len(found)}.zarr", consolidated=False, chunks=None, **opening).load()
    found[name] = float(opened.speed.mean()), opened["class"].values.ravel().tolist()
    print(f"{name}: mean speed {found[name][0]:.0f}, classes {found[name][1]}")
*wrong, right, also_right = found.values()
if not (all(mean == 60 and np.isnan(part[:2]).all() for mean, part in wrong) and right == also_right == (30, classes.ravel().tolist())):
    raise SystemExit("changed")
P
