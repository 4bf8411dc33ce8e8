"""The description of a model, model.json: one fingerprint over it and the weights, and values that are checked before they are used."""

import hashlib
import json
import math
from collections.abc import Callable
from pathlib import Path

from geoclass.core import files, log

FORMAT = "geoclass model 2"
WITHOUT_FINGERPRINT = "geoclass model 1"  # of earlier versions: only its weights can be checked, and its values
NEEDS = {"variomlp": {"vario"}, "resnet18": {"pixels"}, "varionet": {"vario", "pixels"}}
FEATURES = ("normalisation", "directions", "standardisation", "lengths_px")  # how the features are made
NORMALISATIONS = ("raw", "variance", "log", "invariant", "log_invariant")
PARTS = {"variomlp", "resnet18", "fusion"}  # of varionet
MOST = 1_000_000  # of any number that sizes a network
REMEDY = "restore model.json from a copy or train again"


def signed(card: dict, weights_sha256: str) -> dict:
    """Return a description with format, id, fingerprint and the SHA-256 of its weights in front.

    The fingerprint is that of all that is said of the model, the hash of the weights in it; the id is the kind of the model with the
    first twelve digits of the fingerprint.
    """
    card = {"format": FORMAT, "weights_sha256": weights_sha256, **card}
    found, name = _derived(card)
    return {"format": FORMAT, "id": name, "fingerprint": found, **card}


def fingerprint(card: dict) -> str:
    """Return the SHA-256 of a description, without what is derived from it."""
    said = {key: value for key, value in card.items() if key not in ("id", "fingerprint")}
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False, allow_nan=False).encode()).hexdigest()


def read(path: str | Path) -> dict:
    """Read the description of a model.

    Raises
    ------
    ValueError
        Not JSON, not ours, changed since it was written, or a value that no model can have; the sentence names it.
    """
    card = files.read_json(path)
    found = {key: card.get(key) if isinstance(card, dict) else None for key in ("format", "model")}
    if found["format"] not in (FORMAT, WITHOUT_FINGERPRINT) or not isinstance(found["model"], str) or found["model"] not in NEEDS:
        raise ValueError(
            f"{path}: format {found['format']!r}, model {found['model']!r}, expected {FORMAT!r}, {', '.join(NEEDS)}; "
            "train it with this workflow"
        )
    if found["format"] == WITHOUT_FINGERPRINT:
        log.logger.info("%s: made by an earlier version, without a fingerprint; its description cannot be checked", path)
    elif [card.get("fingerprint"), card.get("id")] != _derived(card):
        raise ValueError(f"{path}: changed since the model was trained (other fingerprint); {REMEDY}")
    check(card, path)
    return card


def check(card: dict, path: str | Path) -> None:
    """Refuse a description with a value that no model can have.

    Raises
    ------
    ValueError
        The first such value.
    """
    expected: dict[str, tuple[Callable[[object], bool], str]] = {
        "id": (_text, "a text"),
        "weights_sha256": (_sha256, "64 hexadecimal digits"),
        "architecture": (
            lambda v: isinstance(v, dict) and _architecture(v) and (card["model"] != "varionet" or set(v) == PARTS),
            f"the arguments of a network, none above {MOST:,}; of varionet those of {', '.join(sorted(PARTS))}",
        ),
        "classes": (
            _classes,
            "two classes or more, each with a class_id from 1 to 254 and a class_name of its own, and a colour",
        ),
        "tile": (lambda v: _has(v, _size, "height_px", "width_px"), "height_px and width_px, whole numbers above 0"),
        "radiometry": (_radiometry, "percentiles with low_percent below high_percent, or counts with low below high"),
        "pixel_m": (lambda v: v is None or _pixels(v), "null, or the smallest and the largest pixel size in metres"),
        "temperature": (lambda v: _number(v) and v > 0, "a number above 0"),
    }
    if "vario" in NEEDS[card["model"]]:
        expected |= {
            "vario": (_lags, "lags, D directions of K vectors of two whole numbers"),
            "normalisation": (lambda v: v in NORMALISATIONS, ", ".join(NORMALISATIONS)),
            "directions": (lambda v: _size(v) and v <= len(card["vario"]["lags"]), "a number of directions that the lags have"),
            "standardisation": (_standardisation, "as many finite means as deviations of 0 and more"),
            "lengths_px": (lambda v: v is None or _lengths(v), "null, or lengths of lags above 0"),
        }
    for key, (fits, words) in expected.items():
        if key not in card and key not in ("lengths_px", "pixel_m"):  # models of earlier versions lack them
            raise ValueError(f"{path}: no {key}, expected {words}; {REMEDY}")
        if not fits(card.get(key)):
            raise ValueError(f"{path}: {key} is {json.dumps(card[key])[:80]}, expected {words}; {REMEDY}")
    sizes = card["architecture"].values() if card["model"] == "varionet" else [card["architecture"]]
    for part in sizes:
        if not isinstance(part, dict) or part.get("n_classes") != len(card["classes"]):
            raise ValueError(
                f"{path}: a network of {part.get('n_classes') if isinstance(part, dict) else part} classes, expected "
                f"{len(card['classes'])} as in classes; {REMEDY}"
            )
    if "vario" in NEEDS[card["model"]]:
        _check_features(card, path)


def _check_features(card: dict, path: str | Path) -> None:
    part = card["architecture"]["variomlp"] if card["model"] == "varionet" else card["architecture"]
    n, found = part.get("n_features"), len(card["standardisation"]["mean"])
    n_rows = {"invariant": 3, "log_invariant": 7}.get(card["normalisation"], card["directions"])
    n_lags = len(card["vario"]["lags"][0])
    if not n == found == n_rows * n_lags:
        raise ValueError(
            f"{path}: {n} features of the network, {found} of standardisation and {n_rows * n_lags} of normalisation "
            f"and lags, expected as many of each; {REMEDY}"
        )


def _derived(card: dict) -> list[str]:
    """Return fingerprint and id of a description; of one with NaN, which we never write, nothing that fits."""
    try:
        found = fingerprint(card)
    except ValueError:
        return []
    return [found, f"{card['model']}-{found[:12]}"]


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _pixels(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_number, value)) and 0 < value[0] <= value[1]


def _size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST


def _text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 200


def _sha256(value: object) -> bool:
    return isinstance(value, str) and len(value) == 64 and set(value) <= set("0123456789abcdef")


def _has(value: object, fits: Callable[[object], bool], *keys: str) -> bool:
    return isinstance(value, dict) and all(fits(value.get(key)) for key in keys)


def _architecture(value: object) -> bool:
    if isinstance(value, dict):
        return bool(value) and all(_architecture(part) for part in value.values())
    if isinstance(value, list):
        return 0 < len(value) <= 100 and all(map(_architecture, value))
    return value is None or isinstance(value, bool | str) or (_number(value) and 0 <= value <= MOST)


def _classes(value: object) -> bool:
    if not isinstance(value, list) or len(value) < 2 or not all(isinstance(each, dict) for each in value):
        return False
    ids, names = ([each.get(key) for each in value] for key in ("class_id", "class_name"))
    known = (
        all(_size(one) and one <= 254 for one in ids) and all(map(_text, names)) and all(_text(e.get("colour")) for e in value)
    )
    return known and len(set(ids)) == len({name.lower() for name in names}) == len(value)


def _radiometry(value: object) -> bool:
    if not isinstance(value, dict) or value.get("method") not in ("percentiles", "counts", "dtype"):
        return False
    low, high = ("low_percent", "high_percent") if value["method"] == "percentiles" else ("low", "high")
    return _has(value, _number, low, high) and value[low] < value[high]


def _lags(value: object) -> bool:
    lags = value.get("lags") if isinstance(value, dict) else None
    if not isinstance(lags, list) or not lags or not all(isinstance(each, list) and each for each in lags):
        return False
    vectors = [vector for direction in lags for vector in direction]
    whole = all(isinstance(v, list) and len(v) == 2 and all(_number(p) and p == int(p) for p in v) for v in vectors)
    return whole and len({len(direction) for direction in lags}) == 1


def _standardisation(value: object) -> bool:
    parts = [value.get(key) for key in ("mean", "deviation")] if isinstance(value, dict) else [None]
    if not all(isinstance(part, list) and part and all(map(_number, part)) for part in parts):
        return False
    return len(parts[0]) == len(parts[1]) and min(parts[1]) >= 0


def _lengths(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(d, list) and d and all(_number(x) and x > 0 for x in d) for d in value)
