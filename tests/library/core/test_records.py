"""What Snakemake remembers of how results were made."""

import pytest
from snakemake.persistence.file import FilePersistence

from geoclass.core import records


@pytest.mark.parametrize("name", ["a", "\u00e9?>", "s" * 200])
@pytest.mark.parametrize("kind", ["metadata", "incomplete"])
def test_outputs_without_a_record_of_snakemakes_are_told_of(tmp_path, monkeypatch, name, kind):
    monkeypatch.chdir(tmp_path)
    made, copied = (f"{folder}/tiles/{name}.parquet" for folder in ("results", "copy"))
    for output in (made, copied):
        (tmp_path / output).parent.mkdir(parents=True)
        (tmp_path / output).touch()
    assert records.lacking([made, copied, "nowhere"]) == [made, copied]  # before any run here
    persistence = FilePersistence(path=tmp_path / ".snakemake")
    record = tmp_path / persistence._record_path(str(tmp_path / ".snakemake" / kind), made)
    record.parent.mkdir(parents=True, exist_ok=True)
    record.touch()
    assert records.lacking([made, copied, "nowhere"]) == [copied]
    assert records.sentence([copied]).startswith(f"{copied}: no record of how it was made, as of a copy")
