"""Files are whole or not there, whatever happens to the process, the disk and the rights."""

import errno
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import disks
import matplotlib.pyplot as plt
import numpy as np
import pyarrow as pa
import pytest
from safetensors.numpy import save

from geoclass.core import files, tables

SCRIPTS = Path(__file__).parents[3] / "workflow" / "scripts"
KILLED = """
import os, signal, sys
from geoclass.core import files
opened = files.replacing_folder if sys.argv[2] == "folder" else files.replacing
with opened(sys.argv[1]) as temporary:
    (temporary / "a" if sys.argv[2] == "folder" else temporary).write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def killed(path, kind="file"):
    subprocess.run([sys.executable, "-c", KILLED, path, kind], cwd=SCRIPTS)


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_a_killed_process_leaves_is_taken_away_by_the_next_that_writes_the_same(tmp_path, kind):
    killed(tmp_path / "a.txt", kind)
    killed(tmp_path / "a.b.txt", kind)
    (mine,) = tmp_path.glob(".a.[!b]*")
    assert not (tmp_path / "a.txt").exists()
    with files.replacing(tmp_path / "a.txt") as temporary:
        temporary.write_text("whole")
        assert not mine.exists()
    assert (tmp_path / "a.txt").read_text() == "whole"
    assert [path.name for path in tmp_path.glob(".*")] == [next(tmp_path.glob(".a.b.*")).name]  # another output's is left alone


def test_what_living_and_distant_processes_write_is_left_alone(tmp_path):
    host = files._host()
    alive, dead = os.getppid(), 2**22 + 1  # beyond any process
    names = {
        f".a.{host}.{alive}.1.txt": True,
        f".a.{host}.{dead}.1.txt": False,
        f".a.{host}.{dead}.1.txt-journal": False,
        f"..a.{host}.{dead}.1.{host}.{dead}.1.txt": False,  # beside a temporary name
        f".a.elsewhere.{dead}.1.txt": True,
        f".a.elsewhere.{dead}.2.txt": False,
        ".a.notes.txt": True,
    }
    for name in names:
        (tmp_path / name).write_text("half")
    os.utime(tmp_path / f".a.elsewhere.{dead}.2.txt", (0, 0))
    files.write_json(tmp_path / "a.json", {})
    assert len(list(tmp_path.glob(".*"))) == len(names)  # those of a.txt are no concern of a.json
    with files.replacing(tmp_path / "a.txt") as temporary:
        temporary.write_text("whole")
    assert {name: (tmp_path / name).exists() for name in names} == names
    assert socket.gethostname()


def parquet(path):
    with tables.writer(path, pa.schema([("x", pa.binary(1 << 16))])) as table:
        for _ in range(64):
            table.write({"x": [os.urandom(1 << 16)] * 64})


def database(path):
    with files.replacing(path) as temporary:
        connection = sqlite3.connect(temporary)
        try:
            with connection:
                connection.execute("CREATE TABLE t (x BLOB)")
                connection.execute("INSERT INTO t VALUES (?)", (os.urandom(1 << 20),))
        finally:
            connection.close()


def figure(path):
    with files.replacing(path) as temporary:
        plt.imsave(temporary, np.random.default_rng(0).random((600, 600)))


def tensors(path):
    with files.replacing(path) as temporary:
        temporary.write_bytes(save({"x": np.zeros(1 << 20, np.uint8)}))


WRITERS = {
    "a.parquet": parquet,
    "a.gpkg": database,
    "a.png": figure,
    "a.safetensors": tensors,
    "a.json": lambda path: files.write_json(path, ["x" * (1 << 20)]),
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_writer_names_the_file_and_the_remedy_when_the_disk_is_full(tmp_path, name):
    with disks.small(tmp_path, "256k"):
        with pytest.raises(
            OSError, match=rf"{name}: .*No space left on device.*; make room on the disk or choose another folder"
        ):
            WRITERS[name](tmp_path / name)
        assert not list(tmp_path.iterdir())


def test_other_errors_keep_their_words(tmp_path):
    with pytest.raises(RuntimeError, match="our own"):
        with files.replacing(tmp_path / "a.txt"):
            raise RuntimeError("our own")
    with pytest.raises(OSError) as found:
        with files.replacing(tmp_path / "a.txt"):
            raise OSError(errno.EIO, "broken disk")
    assert found.value.errno == errno.EIO


@pytest.mark.parametrize("umask, mode", [(0o022, 0o644), (0o027, 0o640), (0o002, 0o664)])
def test_colleagues_may_read_what_the_umask_allows(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        tensors(tmp_path / "a.safetensors")
        files.write_json(tmp_path / "a.json", {})
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {mode}


TOLD = """
import os, signal, sys
from geoclass.core import files, log
with log.job(sys.argv[1]), files.replacing(sys.argv[2]) as temporary:
    temporary.write_text("half")
    os.kill(os.getpid(), int(sys.argv[3]))
    signal.pause()
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_job_that_is_told_to_end_leaves_nothing_half_written(tmp_path, number):
    command = [sys.executable, "-c", TOLD, tmp_path / "a.log", tmp_path / "a.txt", str(int(number))]
    heard = {
        "preexec_fn": lambda: signal.signal(signal.SIGINT, signal.default_int_handler)
    }  # or a test in the background ignores it
    run = subprocess.run(command, cwd=SCRIPTS, capture_output=True, **heard)
    assert run.returncode == 128 + number and b"Traceback" not in run.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["a.log"]
    assert "run the same command again" in (tmp_path / "a.log").read_text()


DEAF = """
import os, signal, sys
from geoclass.core import log

class Deaf:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)

log.GRACE_S = 1
with log.job(sys.argv[1]):
    Deaf()
    while True:
        signal.pause()
"""


def test_a_job_that_python_does_not_let_end_is_ended_by_the_system(tmp_path):
    run = subprocess.run([sys.executable, "-c", DEAF, tmp_path / "a.log"], cwd=SCRIPTS, capture_output=True, timeout=60)
    assert run.returncode == -signal.SIGALRM and b"SystemExit" in run.stderr
