#!/usr/bin/env bash
# pystac 1.15.2: the extent of a collection of scenes about 180 degrees of longitude (Wrangel Island, Chukotka, Antarctica).
# Guess: as documented, Extent.from_items "spatially and temporally covers all of the given items"; a box whose west is greater than its
#        east crosses 180 degrees, as STAC takes over from GeoJSON (RFC 7946).
# Seen:  it is the least west and the greatest east, as numbers: a scene from 179 to -179 is not in the extent of itself and one beside it,
#        and whoever searches collections by place misses it; two scenes on either side are the whole globe but for the 7 degrees
#        between them.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q --no-compile pystac==1.15.2
env/bin/python -W error - <<'P'
import datetime

import pystac


def item(west, east):
    box = [west, 71.0, east, 72.0]
    ring = [[west, 71.0], [east, 71.0], [east, 72.0], [west, 72.0], [west, 71.0]]
    if west > east:  # cut at 180 degrees
        parts = [[west, 180.0], [-180.0, east]]
        shape = {"type": "MultiPolygon", "coordinates": [[[[a, 71.0], [b, 71.0], [b, 72.0], [a, 72.0], [a, 71.0]]] for a, b in parts]}
    else:
        shape = {"type": "Polygon", "coordinates": [ring]}
    return pystac.Item(f"{west} {east}", shape, box, datetime.datetime(2024, 7, 1), {})


def holds(box, longitude):
    west, _, east, _ = box
    return west <= longitude <= east if west <= east else longitude >= west or longitude <= east


found = {}
for name, scenes in (
    ("one over 180 degrees, one beside it", [(179.0, -179.0), (170.0, 175.0)]),
    ("one on either side", [(175.0, 176.0), (-177.0, -176.0)]),
):
    nothing_yet = pystac.Extent(pystac.SpatialExtent([[0, 0, 0, 0]]), pystac.TemporalExtent([[None, None]]))
    collection = pystac.Collection("scenes", "Scenes", nothing_yet)
    collection.add_items(item(*scene) for scene in scenes)
    collection.update_extent_from_items()
    box = collection.extent.spatial.bboxes[0]
    assert pystac.Extent.from_items([item(*scene) for scene in scenes]).spatial.bboxes[0] == box
    found[name] = [box[0], box[2]], [[holds(box, end) for end in scene] for scene in scenes], holds(box, 0.0)
    print(f"{name}: scenes {scenes}, extent {found[name][0]}, holds their ends {found[name][1]}, holds Greenwich {found[name][2]}")
if list(found.values()) != [([170.0, 175.0], [[False, False], [True, True]], False), ([-177.0, 176.0], [[True, True], [True, True]], True)]:
    raise SystemExit("changed")
P
