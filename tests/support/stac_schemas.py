"""STAC items against all schemas that they name: those of pystac, and those of extensions in tests/schemas/stac. Nothing is fetched."""

import json
from pathlib import Path

import pystac
from pystac.validation import stac_validator

FOLDER = Path(__file__).parents[1] / "schemas" / "stac"


class Pinned(stac_validator.JsonSchemaSTACValidator):
    """pystac's validator; a schema that is not here is an error, not a download."""

    def __init__(self):
        super().__init__()
        for path in FOLDER.glob("*.json"):
            schema = json.loads(path.read_text())
            self.schema_cache[schema["$id"].removesuffix("#")] = schema

    def _get_schema(self, schema_uri: str) -> dict:
        if schema_uri.removesuffix("#") not in self.schema_cache:
            raise AssertionError(f"{schema_uri}: no schema of this address in {FOLDER}")
        return self.schema_cache[schema_uri.removesuffix("#")]


def validate(item: pystac.Item) -> list[str]:
    """Validate an item and return the addresses of the schemas: its own and those of its extensions."""
    return pystac.validation.validate_dict(item.to_dict(), validator=Pinned())
