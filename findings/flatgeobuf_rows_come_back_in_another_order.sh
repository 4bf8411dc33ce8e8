#!/usr/bin/env bash
# geopandas 1.1.4 with pyogrio 0.13.0 (GDAL): polygons of tiles in a FlatGeobuf file, their probabilities in a NumPy array beside it, row by
# row.
# Guess: rows are read in the order in which they were written, as from GeoPackage, GeoJSON, Shapefile and GeoParquet.
# Seen:  by default they are sorted along a Hilbert curve for the file's index, and their numbers begin at 0 anew: nearly all polygons get
#        the probabilities of another tile. SPATIAL_INDEX="NO" keeps the order; better keep an identifier as a column.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env
env/bin/pip install -q --no-compile geopandas==1.1.4 pyogrio==0.13.0 pyarrow==26.0.1 shapely==2.1.2 pandas==2.3.3 numpy==2.4.6
env/bin/python -W error - <<'P'
import geopandas
import numpy as np
import shapely

rows, columns = (part.ravel() for part in np.indices((20, 20)))
west, south = 500_000 + 200.0 * columns, 8_000_000 - 200.0 * rows
tiles = geopandas.GeoDataFrame({"tile": np.arange(400)}, geometry=shapely.box(west, south, west + 200, south + 200), crs=32633)
crevassed = (columns + rows < 20).astype(float)  # the north-western half, in the order of the tiles
kept = {}
others = [(f"t.{ending}", {}) for ending in ("gpkg", "geojson", "shp", "parquet")]
for name, options in (*others, ("t.fgb", {}), ("t.fgb", {"SPATIAL_INDEX": "NO"})):
    if name.endswith("parquet"):
        tiles.to_parquet(name)
        back = geopandas.read_parquet(name)
    else:
        tiles.to_file(name, **options)
        back = geopandas.read_file(name)
    assert sorted(back.tile) == tiles.tile.tolist() and back.index.tolist() == list(range(400))
    kept[name, not options] = float((back.tile == tiles.tile).mean())
    wrong = (crevassed != crevassed[back.tile]).mean()
    print(f"{name} {options or ''}: {kept[name, not options]:.1%} of rows in their place, {wrong:.0%} of tiles in the wrong class")
if not (kept.pop(("t.fgb", True)) < 0.05 and set(kept.values()) == {1.0}):
    raise SystemExit("changed")
P
