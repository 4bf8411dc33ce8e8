"""A disk that is full in the middle of writing: one sentence, nothing half-written, and the same command goes on once there is room."""

import os
import subprocess

import pytest


@pytest.fixture
def small_disk():
    """Return a function that lays a small disk over a folder, and one that gives it room."""
    mounted = []

    def lay(folder, size):
        mount = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True, text=True)
        if mount.returncode:
            message = f"a small disk needs the right to mount one: {mount.stderr.strip()}"
            pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
        mounted.append(folder)

    yield lay
    for folder in mounted:
        subprocess.run(["umount", folder], check=True)


def give_room(folder):
    subprocess.run(["mount", "-o", "remount,size=1g", folder], check=True)


@pytest.mark.parametrize(
    "rule, target",
    [
        ("ingest_scene", "results/scenes/20160625.tif"),
        ("tile_scene", "results/tiles/20160625.parquet"),
        ("extract_vario", "results/vario/20160625.parquet"),
        ("train_variomlp", "results/models/block/variomlp/model.json"),
        ("classify_scene", "results/classes/variomlp/20160625.parquet"),
        ("render_maps", "results/maps/variomlp/20160625_class.tif"),
    ],
)
def test_a_full_disk_is_named_and_leaves_nothing_behind(grown, small_disk, rule, target):
    folder = (grown.folder / target).parent
    size = (grown.folder / target).stat().st_size
    small_disk(folder, max(8192, size // 2))
    (folder / "mounted").touch()  # Snakemake takes empty folders away, which a mount is not
    run = grown.snakemake(target)
    assert run.returncode != 0
    assert f"Error in rule {rule}" in run.stdout and "No space left on device" in run.stdout
    assert "Traceback" not in run.stdout
    left = [path for path in folder.rglob("*") if path.is_file() and not path.parent.name.endswith(".parts")]  # parts are whole
    assert left == [folder / "mounted"]
    give_room(folder)
    again = grown.snakemake(target)
    assert again.returncode == 0, again.stdout[-4000:]
    assert (grown.folder / target).stat().st_size == size
