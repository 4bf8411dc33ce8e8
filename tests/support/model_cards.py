"""Descriptions of models that say something else than what was trained, and are signed for it."""

from pathlib import Path

from geoclass.core import files
from geoclass.networks import description


def rewrite(folder, **values):
    """Give a model folder another description of the same weights, as if it had been trained so."""
    path = Path(folder) / "model.json"
    card = files.read_json(path)
    said = {key: value for key, value in card.items() if key not in ("format", "id", "fingerprint", "weights_sha256")}
    files.write_json(path, description.signed(said | values, card["weights_sha256"]))
