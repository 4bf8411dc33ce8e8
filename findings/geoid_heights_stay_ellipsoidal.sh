#!/usr/bin/env bash
# pyproj 3.7.2 and geopandas 1.1.4 from PyPI: laser heights above the ellipsoid turned into heights above sea level (EGM2008, EGM96), and
# heights of a DEM the other way, by their EPSG codes.
# Guess: the geoid is applied, or, since its grid of some megabytes is not part of the package, there is an error, or infinity as where no
#        transformation is known; at the latest with only_best=True.
# Seen:  heights come back as they went in, without a word: PROJ falls back to a "ballpark" transformation, which leaves them alone. In
#        Svalbard that is some 30 m, in southern Greenland over 40 m, on every height. only_best=True, with errors asked for, takes it for
#        the best. Only the transformer's description tells, and its accuracy of -1. allow_ballpark=False ends in an error, as it should;
#        geopandas' to_crs has no such way.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env
env/bin/pip install -q --no-compile pyproj==3.7.2 geopandas==1.1.4 shapely==2.2.0 numpy==2.4.6
PROJ_NETWORK=OFF env/bin/python -W ignore - <<'P'
import warnings

import geopandas
import pyproj
from pyproj.exceptions import ProjError

warnings.simplefilter("error")  # there is none
LASER = 16.0, 78.5, 100.0  # longitude, latitude, metres above the ellipsoid
changed = False
for name, source, target in (("to EGM2008", "EPSG:4979", "EPSG:4326+3855"), ("to EGM96", "EPSG:4979", "EPSG:4326+5773"),
                             ("to EGM2008 in UTM", "EPSG:4979", "EPSG:32633+3855"), ("from EGM2008", "EPSG:4326+3855", "EPSG:4979"),
                             ("from EGM96 to EGM2008", "EPSG:4326+5773", "EPSG:4326+3855")):
    found = {"geopandas": geopandas.GeoSeries.from_xy([LASER[0]], [LASER[1]], [LASER[2]], crs=source).to_crs(target)[0].z}
    for way, options in (("pyproj", {}), ("only_best", {"only_best": True}), ("allow_ballpark=False", {"allow_ballpark": False})):
        try:
            transformer = pyproj.Transformer.from_crs(source, target, always_xy=True, **options)
            found[way] = transformer.transform(*LASER, errcheck=True)[2]
        except ProjError:
            found[way] = "an error"
    print(f"{name}: {LASER[2]} m become {found}; accuracy {pyproj.Transformer.from_crs(source, target).accuracy}")
    changed |= not (found["geopandas"] == found["pyproj"] == found["only_best"] == LASER[2] and found["allow_ballpark=False"] == "an error")
if changed:
    raise SystemExit("changed")
P
