#!/usr/bin/env bash
# xarray 2026.9.0 with Zarr 3.1.6: a cube of maps that grows scene by scene (to_zarr with append_dim="time").
# Guess: what is appended keeps its time; where the store's units, days of the first scene, are too coarse for it, an error, or the finer
#        units that the warning announces ("Serializing with units 'hours since ...' instead").
# Seen:  the count of hours or seconds is written, but the store still says days: a scene of 6 July, noon, is of 10 November, and one two
#        seconds later in the day than the first is of the year 3207. Give the first scene's time units: encoding={"time": {"units":
#        "seconds since ..."}}.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q --no-compile xarray==2026.9.0 zarr==3.1.6 cftime==1.6.5 pandas==2.3.3 numpy==2.4.6
env/bin/python - <<'P'
import warnings

import numpy as np
import xarray as xr

seen = {}
for name, first, second in (
    ("same time of day", "2024-07-01T15:02:31", "2024-07-06T15:02:31"),
    ("midnight and noon", "2024-07-01T00:00:00", "2024-07-06T12:00:00"),
    ("two seconds later", "2024-07-01T15:02:31", "2024-07-06T15:02:33"),
):
    for units in (None, f"seconds since {first}"):
        store = f"{name} {units is None}.zarr"
        scenes = [xr.Dataset({"share": ("time", [0.1])}, {"time": np.array([time], "M8[ns]")}) for time in (first, second)]
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            scenes[0].to_zarr(store, mode="w", encoding={"time": {"units": units}} if units else {})
            scenes[1].to_zarr(store, append_dim="time")
        said = [str(one.message).split(". ")[1] for one in caught if "faithfully" in str(one.message)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = xr.open_zarr(store).time.values[1]
        seen[name, units is None] = str(found)[:19].replace(" ", "T")
        print(f"{name}, {units or 'default units'}: appended {second}, read back {seen[name, units is None]}", *said)
expected = {
    ("same time of day", True): "2024-07-06T15:02:31", ("same time of day", False): "2024-07-06T15:02:31",
    ("midnight and noon", True): "2024-11-10T00:00:00", ("midnight and noon", False): "2024-07-06T12:00:00",
    ("two seconds later", True): "3207-04-13T15:02:31", ("two seconds later", False): "2024-07-06T15:02:33",
}
if seen != expected:
    raise SystemExit("changed")
P
