"""Two users who are not root, a checkout that cannot be written, paths with spaces: one trains, the other reads and uses it."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import recording
import yaml
from disturbed import command

ANN, BOB, GROUP, OTHER_GROUP = 61234, 61235, 61236, 61237
MODEL = "results/models/block/variomlp/model.json"
# In mounts of its own: what lies in folders that are closed to other users (a Python in root's home) is shown to them, and the
# checkout cannot be written, whoever asks.
ENTER = """
set -e
uid=$1 gid=$2 checkout=$3 keep=$4 closed=$5 needed=$6 mask=$(umask); shift 6
umask 022
if [ -n "$closed" ]; then
    mount --bind "$needed" "$keep"
    mount -t tmpfs -o mode=755 tmpfs "$closed"
    mkdir -p "$needed"
    mount --move "$keep" "$needed"
fi
mount --bind "$checkout" "$checkout"
mount -o remount,ro,bind "$checkout"
umask "$mask"
exec setpriv --reuid "$uid" --regid "$gid" --clear-groups -- "$@"
"""


def closed_above(path):
    """Return the outermost folder above a path that other users cannot pass; empty where there is none."""
    return next((str(parent) for parent in reversed(path.parents) if not parent.stat().st_mode & 0o001), "")


class Account:
    """A user without a name, with a folder of their own whose name has spaces."""

    def __init__(self, place, uid, gid, umask):
        self.folder, self.uid, self.gid, self.umask = place / f"results of {uid}", uid, gid, umask
        self.keep = place / "mounted"
        self.keep.mkdir(exist_ok=True)
        shutil.copytree(recording.ROOT / "config", self.folder / "config")

    def own(self):
        """Give the folder to the user, with the rights that the mask leaves."""
        for path in (self.folder, *self.folder.rglob("*")):
            os.chown(path, self.uid, self.gid)
            path.chmod((0o777 if path.is_dir() else 0o666) & ~self.umask)

    def run(self, *words):
        """Run a command as the user."""
        python = Path(sys.base_prefix).resolve()
        about = [self.uid, self.gid, recording.ROOT, self.keep, closed_above(python), python]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "HOME": str(self.folder), "USER": f"user{self.uid}"}
        for name in [name for name in environment if name.startswith("XDG_")]:
            del environment[name]
        return subprocess.run(
            ["unshare", "--mount", "sh", "-c", ENTER, "enter", *map(str, about), *words],
            env=environment,
            cwd=self.folder,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            umask=self.umask,
        )


@pytest.fixture
def place():
    """Return a folder that every user can pass."""
    if os.geteuid() != 0:
        message = "two accounts take the right to become one of them, expected root"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    folder = Path(tempfile.mkdtemp(prefix="two accounts "))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("umask, group", [(0o022, OTHER_GROUP), (0o027, GROUP)])
def test_a_second_account_reads_results_and_uses_a_finished_model(place, umask, group):
    ann, bob = Account(place, ANN, GROUP, umask), Account(place, BOB, group, umask)
    shutil.copy(recording.ROOT / "tests" / "workflow" / "tiny.yaml", ann.folder)
    ann.own()
    written = ann.run("touch", str(recording.ROOT / "written"))
    assert written.returncode != 0 and "Read-only file system" in written.stdout
    trained = ann.run(*command(ann, MODEL))
    assert trained.returncode == 0, trained.stdout[-4000:]

    (bob.folder / "config" / "scenes.tsv").write_text(
        f"scene\tpath\tdate\nnew\t{next((ann.folder / 'results' / 'simulated').glob('WV*.tif'))}\t2021-07-01\n"
    )
    settings = {
        "tile_scene": {"height_px": 36, "width_px": 48},
        "ingest_scene": {"roi": None},
        "collect_labels": {"sources": []},
        "summarize_series": {"centre_line": None},
        "classify_scene": {"models": ["variomlp"], "finished": {"variomlp": str((ann.folder / MODEL).parent)}},
    }
    (bob.folder / "new.yaml").write_text(yaml.safe_dump(settings))
    bob.own()
    closed = bob.run("find", str(ann.folder / "results"), "-not", "-readable", "-print").stdout.splitlines()
    n_files = sum(path.is_file() for path in (ann.folder / "results").rglob("*"))
    mapped = bob.run(*command(bob, "results/maps/variomlp/new.png", settings="new.yaml"))
    what = f"files, umask {umask:03o}"
    recording.add("second account", what, ["readable"] * (n_files - len(closed)) + ["private"] * len(closed))
    used = "used" if mapped.returncode == 0 else "refused"
    recording.add("second account", f"finished model, umask {umask:03o}, read-only checkout, no root", [used])
    assert not closed and mapped.returncode == 0, (closed, mapped.stdout[-4000:])
    owners = {path.stat().st_uid for path in bob.folder.rglob("*")}
    assert owners == {BOB}
