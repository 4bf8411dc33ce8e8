#!/usr/bin/env bash
# Cartopy 0.26.0: velocities to the east and north (m a year) at longitudes and latitudes, as arrows (quiver) on a polar stereographic map.
# Guess: transform=PlateCarree() says where the arrows are, and east and north are metres: ice that flows to the north-east at 75 degrees points
#        45 degrees from north.
# Seen:  components are taken along the grid of degrees, and a degree of longitude is short there: 45 become 15 degrees from north, 7 at 83 degrees.
#        Lengths stay, so that nothing looks odd. Divide the eastward part by cos(latitude) and bring the length back, or project two points.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q --no-compile cartopy==0.26.0 numpy==2.4.6
env/bin/python - <<'P'
import cartopy.crs as ccrs
import numpy as np
from pyproj import Geod

MERIDIAN = -45.0
polar = ccrs.NorthPolarStereo(central_longitude=MERIDIAN, true_scale_latitude=70)  # as EPSG:3413
lat = np.array([0.0, 60.0, 75.0, 83.0])
lon = np.full_like(lat, MERIDIAN)
east, north = np.full_like(lat, 100.0), np.full_like(lat, 100.0)


def from_north(x, y):
    return np.degrees(np.arctan2(x, y))  # the meridian in the middle of the map points up


found = from_north(*polar.transform_vectors(ccrs.PlateCarree(), lon, lat, east, north))
scaled = from_north(*polar.transform_vectors(ccrs.PlateCarree(), lon, lat, east / np.cos(np.radians(lat)), north))
lon_on, lat_on, _ = Geod(ellps="WGS84").fwd(lon, lat, np.full_like(lat, 45.0), np.full_like(lat, 100.0))  # 100 m to the north-east
here, there = (polar.transform_points(ccrs.PlateCarree(), *place)[:, :2] for place in ((lon, lat), (lon_on, lat_on)))
true = from_north(*(there - here).T)
for name, angles in (("by points 100 m apart", true), ("Cartopy", found), ("Cartopy, east / cos(latitude)", scaled)):
    print(f"from north at latitudes {lat.tolist()}, {name}: {angles.round(1)}")
expected = np.degrees(np.arctan(np.cos(np.radians(lat))))
if not (np.allclose(true, 45, atol=0.3) and np.allclose(found, expected, atol=0.7) and np.allclose(scaled, 45, atol=0.7)):
    raise SystemExit("changed")
P
