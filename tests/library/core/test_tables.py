"""Parquet tables that are damaged, foreign or lack something end in one sentence that names the file."""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from geoclass.core import tables


def written(path, metadata=b'{"scene": {}}'):
    schema = pa.schema(
        [("tile_id", pa.string()), ("pixels", pa.binary())], metadata={b"geoclass": metadata} if metadata else None
    )
    with tables.writer(path, schema) as table:
        for index in range(3):
            table.write({"tile_id": [f"a_{index}_{k}" for k in range(64)], "pixels": [bytes([k] * 500) for k in range(64)]})
    return path


READERS = [
    lambda path, columns: tables.read(path, columns),
    lambda path, columns: list(tables.row_groups(path, columns)),
    lambda path, columns: tables.open_table(path).read_row_groups([0, 2], columns),
]


@pytest.mark.parametrize("reader", READERS)
def test_a_column_that_is_not_there(tmp_path, reader):
    path = written(tmp_path / "a.parquet")
    with pytest.raises(ValueError, match=r"a.parquet: no column mask, found tile_id, pixels; delete it and run again"):
        reader(path, ["tile_id", "mask"])
    reader(path, ["tile_id"])


@pytest.mark.parametrize("reader", READERS)
def test_a_page_that_is_damaged(tmp_path, reader):
    path = written(tmp_path / "a.parquet")
    content = bytearray(path.read_bytes())
    first = pq.ParquetFile(path).metadata.row_group(0).column(1)
    place = first.data_page_offset + first.total_compressed_size - 60  # behind the page's header
    content[place : place + 40] = b"\xff" * 40
    path.write_bytes(content)
    with pytest.raises(OSError, match=r"a.parquet: damaged \(.*\); delete it and run again"):
        reader(path, ["pixels"])


@pytest.mark.parametrize("metadata", [b"{", b"3", b"null", b"[]", b"\xff", b"[" * 100_000])
def test_metadata_that_are_broken(tmp_path, metadata):
    with pytest.raises(ValueError, match=r"a.parquet: its geoclass metadata are no JSON object"):
        tables.read_metadata(written(tmp_path / "a.parquet", metadata))


def test_metadata_that_are_not_there(tmp_path):
    with pytest.raises(ValueError, match=r"a.parquet: a Parquet file without geoclass metadata"):
        tables.read_metadata(written(tmp_path / "a.parquet", None))


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + b"\0" * 50 + b"PAR1", b"no table"])
def test_what_is_no_parquet(tmp_path, content):
    (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(ValueError, match=r"a.parquet: not a readable Parquet file \(.*\); delete it and run again"):
        tables.read_metadata(tmp_path / "a.parquet")
    whole = written(tmp_path / "b.parquet").read_bytes()
    (tmp_path / "a.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"a.parquet: not a readable Parquet file"):
        tables.read(tmp_path / "a.parquet")


def test_a_table_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        tables.read(tmp_path / "a.parquet")


def test_pixels_are_not_compressed_and_all_else_is(tmp_path):
    columns = (tables.Column("tile_id", pa.string(), "name"), tables.Column("pixels", "pixels", "counts"))
    frame = pd.DataFrame({"tile_id": [f"t{k}" for k in range(70)], "pixels": [bytes(600)] * 70})
    tables.write(tmp_path / "a.parquet", columns, frame, {}, pixels=pa.binary(600))
    group = pq.read_metadata(tmp_path / "a.parquet").row_group(0)
    assert [group.column(index).compression for index in (0, 1)] == ["ZSTD", "UNCOMPRESSED"]
    assert tables.read(tmp_path / "a.parquet").equals(frame)


def test_a_table_of_another_scene_under_this_name(tmp_path):
    path = written(tmp_path / "b.parquet", b'{"scene": {"scene": "a"}}')
    tables.check_scene(path, "a")
    with pytest.raises(ValueError, match=r"b.parquet: table of scene a, expected b as its name says; delete it"):
        tables.check_scene(path, "b")
    copied = tmp_path / "a.parquet"
    copied.write_bytes(path.read_bytes())
    tables.check_scenes([path])
    with pytest.raises(ValueError, match=r"a.parquet: table of scene a, as .*b.parquet is, expected one of each scene; delete"):
        tables.check_scenes([path, copied])


def test_a_tile_that_appears_twice(tmp_path):
    path = written(tmp_path / "a.parquet")
    tables.check_tiles(path)
    whole = pq.read_table(path)
    pq.write_table(pa.concat_tables([whole, whole.slice(5, 1)]), path)
    with pytest.raises(ValueError, match=r"a.parquet: tile a_0_5 appears twice, must be unique; delete it, and the next run"):
        tables.check_tiles(path)
