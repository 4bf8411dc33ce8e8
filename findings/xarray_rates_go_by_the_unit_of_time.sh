#!/usr/bin/env bash
# xarray 2026.9.0 with pandas 3.1.1 and netCDF4 1.7.4: speed of ice as differentiate("time") of positions, 2 m a day, and what it covered by
# integrate("time") of the speed.
# Guess: dates are the same dates however they were made; the rate is per nanosecond, as polyfit over the same dates has it, or per second.
# Seen:  it is per unit in which NumPy happens to keep the dates: seconds for dates of numpy.datetime64, microseconds for those of pandas
#        (to_datetime, date_range) and of datetime, nanoseconds once they have been written to a file and read back. A factor tuned on a
#        series in memory is wrong by a million or a thousand for the same series from its file, and fields from two sources differ as
#        much. The documentation of datetime_unit does not say what comes without it. Always give it: differentiate("time",
#        datetime_unit="D").
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env
env/bin/pip install -q --no-compile xarray==2026.9.0 pandas==3.1.1 netCDF4==1.7.4 numpy==2.4.6
env/bin/python - <<'P'
import datetime

import numpy as np
import pandas as pd
import xarray as xr

days = np.arange(0, 360, 30)
start = datetime.datetime(2020, 1, 1)
dates = {
    "numpy.datetime64": np.datetime64("2020-01-01") + days.astype("timedelta64[D]"),
    "datetime": [start + datetime.timedelta(int(day)) for day in days],
    "pandas.to_datetime": pd.to_datetime([str(start + datetime.timedelta(int(day))) for day in days]),
    "pandas.date_range": pd.date_range("2020-01-01", periods=days.size, freq="30D"),
}
found = {}
for name, times in dates.items():
    place = xr.DataArray(2.0 * days, dims="time", coords={"time": times}, name="place")
    place.to_netcdf("place.nc")
    for way, series in ((name, place), (f"{name}, from a file", xr.load_dataarray("place.nc"))):
        rate = series.differentiate("time")
        covered = xr.ones_like(series).integrate("time")  # at a speed of 1
        slope = series.polyfit("time", 1).polyfit_coefficients[0]
        daily = series.differentiate("time", datetime_unit="D")
        found[way] = [float(value) for value in (rate[3], covered, slope, daily[3])]
        print(f"{way}: kept as {series.time.dtype}; differentiate {found[way][0]:.3g}, integrate of 1 {found[way][1]:.3g}, "
              f"slope of polyfit {found[way][2]:.3g}; differentiate by D {found[way][3]:.3g}")
DAY = {"numpy.datetime64": 86_400, "datetime": 86_400e6, "pandas.to_datetime": 86_400e6, "pandas.date_range": 86_400e6}
for way, (rate, covered, slope, daily) in found.items():
    units = DAY.get(way, 86_400e9)
    if not np.allclose([rate * units, covered / units, slope * 86_400e9, daily], [2, days[-1], 2, 2], rtol=1e-6, atol=0):
        raise SystemExit("changed")
P
