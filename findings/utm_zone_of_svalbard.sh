#!/usr/bin/env bash
# geopandas 1.1.4 and odc-geo 0.5.2 beside utm 0.8.1: the UTM zone of Austfonna, the largest ice cap of Svalbard.
# Guess: estimate_utm_crs gives the zone that maps of Svalbard are in: 33 or 35, since zones 32, 34 and 36 are left out at 72 to 84 degrees north.
# Seen:  both go by the longitude alone and give zone 34, which nobody uses there; utm gives 35. Areas and a grid fit no neighbour's.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q geopandas==1.1.4 odc-geo==0.5.2 utm==0.8.1 numpy==2.4.6
env/bin/python - <<'P'
import geopandas
import shapely
import utm
from odc.geo.geom import point

LONGITUDE, LATITUDE = 23.5, 79.7
place = geopandas.GeoSeries([shapely.Point(LONGITUDE, LATITUDE)], crs=4326)
found = {
    "geopandas": place.estimate_utm_crs().to_epsg() % 100,
    "odc-geo": point(LONGITUDE, LATITUDE, 4326).boundingbox.to_crs("utm").crs.epsg % 100,
    "utm": utm.from_latlon(LATITUDE, LONGITUDE)[2],
}
print("zone:", found)
if found != {"geopandas": 34, "odc-geo": 34, "utm": 35}:
    raise SystemExit("changed")
P
