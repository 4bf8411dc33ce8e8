#!/usr/bin/env bash
# xarray 2026.9.0 with netCDF4 1.7.4: a map of crevassed cells (0, 1, 255 for unknown, uint8 in its file) is averaged over 4 x 4 cells and
# written.
# Guess: shares are floats in the file, as in memory: mean, rolling, groupby and coarsen of a DataArray forget how the file stored its
#        integers.
# Seen:  coarsen of a Dataset keeps it: shares are right in memory and are rounded to 0 or 1 as they are written, without a word. Where 30 %
#        of the cells are crevassed the file says 2 %. Call drop_encoding() before it is written, or coarsen each DataArray.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q --no-compile xarray==2026.9.0 netcdf4==1.7.4 pandas==2.3.3 numpy==2.4.6
env/bin/python -W error::UserWarning -W error::RuntimeWarning - <<'P'
import numpy as np
import xarray as xr

cells = np.random.default_rng(0).uniform(size=(2, 80, 80)) < 0.3
xr.Dataset({"crevassed": (("time", "y", "x"), cells.astype("uint8"))}).to_netcdf("map.nc", encoding={"crevassed": {"_FillValue": 255}})
table = xr.load_dataset("map.nc")
rows = xr.DataArray(np.arange(80) // 4, dims="y", name="row")
steps = {
    "Dataset.coarsen": lambda: table.coarsen(y=4, x=4).mean(),
    "Dataset.coarsen, drop_encoding": lambda: table.coarsen(y=4, x=4).mean().drop_encoding(),
    "DataArray.coarsen": lambda: table.crevassed.coarsen(y=4, x=4).mean().to_dataset(),
    "Dataset.mean": lambda: table.mean("time"),
    "Dataset.rolling": lambda: table.rolling(y=4, x=4, center=True).mean(),
    "Dataset.groupby": lambda: table.groupby(rows).mean(),
}
means, off = {}, {}
for name, step in steps.items():
    share = step()
    share.to_netcdf("share.nc")
    written = xr.load_dataset("share.nc")
    means[name] = float(share.crevassed.mean()), float(written.crevassed.mean())
    off[name] = float(np.abs(share.crevassed - written.crevassed).max())
    print(f"{name}: mean share in memory {means[name][0]:.3f}, in the file {means[name][1]:.3f},",
          f"first values there {np.unique(written.crevassed)[:3]}")
first = "Dataset.coarsen"
if not (means[first][0] > 0.29 and means[first][1] < 0.06 and off.pop(first) > 0.4 and max(off.values()) < 1e-6):
    raise SystemExit("changed")
P
