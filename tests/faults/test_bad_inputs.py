"""Hundreds of damaged, edited and senseless inputs: each is read or refused in one sentence, and none of our own is read as another.

Each reader gets a sound file and changes of it: bytes cut, overwritten and inserted at random places, and values replaced by others of
every type, or left out. What comes back is what the sound file gives or a sentence (`ValueError` or `OSError`), never another exception.
Formats of others that have no checksums may come back as what they now say; our tables and models may not.
"""

import copy
import hashlib
import json
import random

import classified
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import recording
import shapely
import yaml

from geoclass.core import files, scene_table, settings, surface_classes, tables
from geoclass.labelling import requests
from geoclass.labels import label_sources
from geoclass.networks import checkpoints
from geoclass.scenes import raster, sidecar

SIDE_CAR = (
    '<?xml version="1.0" encoding="utf-8"?><isd><IMD><BITSPERPIXEL>16</BITSPERPIXEL><IMAGE><SATID>WV03</SATID><CATID>104001001EB0A500'
    "</CATID><FIRSTLINETIME>2017-07-01T15:31:14.9Z</FIRSTLINETIME><MEANSUNEL>37.5</MEANSUNEL></IMAGE></IMD></isd>"
)
ODL = 'bitsPerPixel = 16;\nBEGIN_GROUP = IMAGE_1\n\tsatId = "QB02";\n\tfirstLineTime = 2010-04-01T12:00:00.5Z;\nEND_GROUP = IMAGE_1\nEND;\n'
CLASSES = pd.DataFrame({"class_id": [1, 2], "class_name": ["Snow", "Chaos"], "colour": "#112233"})
MISSING = object()  # in the place of a value: the key is left out
VALUES = [MISSING, None, True, -1, 0, 300, 1e308, "text", "", [], {}, [1, [2]], "\ud800", float("nan"), 10**30]
DAMAGES = 40  # of the bytes of each file


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Return a folder with one sound file of each kind."""
    folder = tmp_path_factory.mktemp("sound")
    (folder / "a.xml").write_text(SIDE_CAR)
    (folder / "a.IMD").write_text(ODL)
    scene = classified.scene(folder)
    frame = gpd.GeoDataFrame({"class_id": [1, 2], "note": ["a", "b"]}, geometry=[shapely.box(0, 0, 9, 9)] * 2, crs=3413)
    frame.to_file(folder / "labels.gpkg")
    frame.to_file(folder / "labels.geojson")
    pd.DataFrame({"tile_id": ["a_r0_c0"], "class_id": [1]}).to_parquet(folder / "labels.parquet")
    (folder / "scenes.tsv").write_text("scene\tpath\tdate\na\ta.tif\t2016-06-25\n")
    (folder / "classes.tsv").write_text("class_id\tclass_name\tcolour\n1\tSnow\t#ffffff\n2\tChaos\t#54278f\n")
    for kind in checkpoints.NEEDS:
        classified.model(folder / kind, kind)
    return folder, scene


def read_raster(path):
    with raster.environment(), raster.opened(path) as dataset, raster.reading(path):
        return raster.grid_of(path, dataset), hashlib.sha256(dataset.read(1)).hexdigest()


def read_model(path):
    model = checkpoints.load(path.parent)
    return model.card, {name: weight.tolist() for name, weight in model.network.state_dict().items()}


def read_labels(path, field, pattern):
    items = label_sources.read(path, CLASSES, field, pattern)
    return pd.DataFrame(items.drop(columns="geometry")).to_dict(), items.geometry.to_wkt().tolist()


READERS = {
    "a.xml": sidecar.read,
    "a.IMD": sidecar.read,
    "a.tif": read_raster,
    "a_tiles.parquet": lambda path: (tables.read_metadata(path), tables.read(path).to_dict()),
    "labels.gpkg": lambda path: read_labels(path, "note", None),
    "labels.geojson": lambda path: read_labels(path, "note", r"^(\w)"),
    "labels.parquet": lambda path: read_labels(path, None, None),
    "scenes.tsv": lambda path: scene_table.read_scenes(path, "results/simulated/").to_dict(),
    "classes.tsv": lambda path: surface_classes.read(path).to_dict(),
    "variomlp/model.json": read_model,
    "variomlp/weights.safetensors": read_model,
}
OURS = {"a_tiles.parquet", "variomlp/model.json", "variomlp/weights.safetensors"}  # never read as something else


def damaged(content, number):
    """Return a file's bytes cut, overwritten or with others put in, at a place that depends on the number alone."""
    rng = random.Random(number)
    place, length = rng.randrange(len(content)), rng.randrange(1, 200)
    noise = bytes(rng.randrange(256) for _ in range(length))
    return (content[:place], content[:place] + noise + content[place + length :], content[:place] + noise + content[place:])[
        number % 3
    ]


def attempt(read, path, expected):
    """Return what became of an input: read as it was, read as it now says, or refused; other exceptions are defects."""
    try:
        found = read(path)
    except (ValueError, OSError) as error:
        assert str(error).strip() and "\n" not in str(error).strip(), repr(error)
        return "refused"
    return "read as it was" if repr(found) == expected else "read as it now says"


@pytest.mark.parametrize("name", READERS)
def test_damaged_files(sound, tmp_path, monkeypatch, name):
    folder, _ = sound
    content = (folder / name).read_bytes()
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    for other in (folder / name).parent.glob("*" if "/" in name else "a.tif"):
        (path.parent / other.name).write_bytes(other.read_bytes())
    path.write_bytes(content)
    if name == "scenes.tsv":  # the scene that it names
        monkeypatch.chdir(tmp_path)
    expected, fates = repr(READERS[name](path)), []
    for number in range(DAMAGES):
        path.write_bytes(damaged(content, number))
        fates.append(attempt(READERS[name], path, expected))
    assert name not in OURS or "read as it now says" not in fates
    recording.add("bad inputs", f"{name.split('/')[-1]}, damaged", fates)


def replaced(content, place, value):
    """Return a nested object with one of its values replaced."""
    content = copy.deepcopy(content)
    part = content
    for key in place[:-1]:
        part = part[key]
    if value is MISSING:
        del part[place[-1]]
    else:
        part[place[-1]] = value
    return content


def places(content, start=()):
    """Return the paths of all values of an object, three deep."""
    for key, value in content.items():
        yield (*start, key)
        if isinstance(value, dict) and len(start) < 2:
            yield from places(value, (*start, key))


@pytest.mark.parametrize("kind", checkpoints.NEEDS)
def test_descriptions_with_other_values(sound, tmp_path, kind):
    from geoclass.networks import description

    folder, _ = sound
    for path in (folder / kind).iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    card, fates = files.read_json(folder / kind / "model.json"), []
    for place in places(card):
        for value in VALUES:
            changed = replaced(card, place, value)
            if place[0] not in ("format", "model"):
                changed |= dict(zip(("fingerprint", "id"), description._derived(changed) or ("", ""), strict=True))
            (tmp_path / "model.json").write_text(json.dumps(changed))
            try:
                predictor = checkpoints.load(tmp_path)
            except (ValueError, OSError):
                fates.append("refused")
                continue
            probe = [np.zeros((1, 24, 32), np.float32), np.full((1, *np.shape(card["vario"]["lags"])[:2]), 0.5)]
            assert np.isfinite(predictor.logits(*probe)).all(), (place, value)
            fates.append("read as it now says")
    recording.add("bad inputs", f"{kind}/model.json, other values", fates)


def test_settings_with_other_values(tmp_path):
    schema = recording.ROOT / "workflow" / "schemas" / "config.schema.yaml"
    whole = yaml.safe_load((recording.ROOT / "config" / "config.yaml").read_text())
    fates = []
    for place in places(whole):
        for value in VALUES:
            try:
                settings.complete(replaced(whole, place, value), schema)
            except (ValueError, OSError):
                fates.append("refused")
                continue
            fates.append("read as it now says")
    recording.add("bad inputs", "config.yaml, other values", fates)


def test_requests_with_other_values():
    sent = {"tile_ids": ["a"], "class_id": 1, "note": "", "polygon": [[0, 0], [1, 0], [1, 1]], "low": 0, "high": 1}
    checks = [requests.tile_ids, requests.polygon, requests.stretch, requests.note, lambda s: requests.whole(s, "class_id")]
    fates = []
    for place in places(sent):
        for value in VALUES:
            raw = json.dumps(replaced(sent, place, value)).encode()
            for check in checks:
                try:
                    requests.answer({"found": str(check(requests.body(raw)))})
                    fates.append("read as it now says")
                except ValueError:
                    fates.append("refused")
    recording.add("bad inputs", "requests of the page, other values", fates)
