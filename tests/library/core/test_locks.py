"""A lock that a killed Snakemake left is told of, one that is in use is not."""

import subprocess
import sys

from geoclass.core import locks


def test_a_lock_is_told_of_only_when_nobody_holds_it(tmp_path):
    assert locks.left_behind(tmp_path) is None
    (tmp_path / ".snakemake" / "locks").mkdir(parents=True)
    assert locks.left_behind(tmp_path) is None
    (tmp_path / ".snakemake" / "locks" / "0.input.lock").touch()
    assert "snakemake --unlock" in locks.left_behind(tmp_path)
    running = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", "-m", "snakemake"], cwd=tmp_path)
    try:
        assert "snakemake --unlock" in locks.left_behind(tmp_path)  # words at the end of a command are no Snakemake
    finally:
        running.kill()
        running.wait()
    (tmp_path / "snakemake").write_text("import time; print('up', flush=True); time.sleep(60)")
    running = subprocess.Popen([sys.executable, "snakemake"], cwd=tmp_path, stdout=subprocess.PIPE)
    try:
        running.stdout.readline()
        assert locks.left_behind(tmp_path) is None
    finally:
        running.kill()
        running.wait()
