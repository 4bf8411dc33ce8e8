"""What products say of their making."""

import json
import re

import pyarrow as pa
import yaml
from pyarrow import parquet

from geoclass.core import provenance, surroundings, tables
from geoclass.labels import label_tables

METADATA = {
    "scene": {"scene": "a", "source_sha256": "5" * 64, "roi": None, "radiometry": {"method": "percentiles", "low": 3.0}},
    "tiles": {"height_px": 60},
    "model": {"id": "varionet-1"},
}


def test_every_table_carries_the_software_of_all_steps(tmp_path):
    schema = tables.schema(label_tables.SPLITS, {"scheme": "block", "software": {"sensor-tool": "3"}})
    parquet.write_table(pa.Table.from_pylist([], schema), tmp_path / "t.parquet")
    software = tables.read_metadata(tmp_path / "t.parquet")["software"]
    assert (
        software["geoclass-workflow"] == surroundings.workflow_version()
        and software["sensor-tool"] == "3"
        and "pyarrow" in software
    )


def test_the_hash_of_the_configuration_is_that_of_the_settings_and_not_of_the_scene():
    def sha(**changes):
        return provenance.facts(METADATA | changes)["configuration_sha256"]

    other = METADATA["scene"] | {"scene": "b", "source_sha256": "6" * 64, "radiometry": {"method": "percentiles", "low": 9.0}}
    assert sha() == sha(scene=other) == sha(software={"torch": "2"})
    assert sha() != sha(tiles={"height_px": 61}) and sha() != sha(model={"id": "varionet-2"})
    assert sha() == provenance.facts(json.loads(json.dumps(METADATA, sort_keys=True)))["configuration_sha256"]


def test_a_scene_and_a_model_are_named_by_their_content():
    facts = provenance.facts(METADATA)
    assert facts["source_sha256"] == "5" * 64 and facts["model_id"] == "varionet-1"
    assert re.fullmatch(r"geoclass-workflow \d+\.\d+\.\d+", facts["workflow"])


def test_the_version_is_that_of_the_citation(request):
    citation = yaml.safe_load((request.config.rootpath / "CITATION.cff").read_text())
    assert citation["version"] == surroundings.workflow_version()
