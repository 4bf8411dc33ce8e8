"""Simulate the glaciers of the base model, train it, and put it into config/base_model, from where `make first-map` takes it.

Run from the clone's top folder by `make base-model`. The scores are those of glaciers held out as a whole.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd

SCRIPTS = Path("workflow/scripts")
sys.path.append(str(SCRIPTS))
from simulation.simulate_series import simulate_series  # noqa: E402

GLACIERS, SIZE_PX, SPACING_M, VARIETY = 12, 2048, 5, 1.0  # size and spacing as in the demo, whose seed is none of these
TRAINED, SHIPPED, PRESET = Path("results/base_model"), Path("config/base_model"), "config/presets/base_model.yaml"
MODEL = TRAINED / "models" / "scene" / "variomlp"


def simulate(folder: Path) -> None:
    """Write one scene of each glacier, in turn of the four dates of the demo, with one table of scenes and one file of labels."""
    names = [Path(path).name for path in pd.read_csv("config/scenes.tsv", sep="\t")["path"]]
    rows, labels = [], []
    for seed in range(1, GLACIERS + 1):
        name, place = names[seed % len(names)], folder / str(seed)
        scene_id, date = f"glacier{seed:02}", name[5:13]
        known = {kind: str(place / f"{kind}.gpkg") for kind in ("labels", "roi", "centre_line")}
        if not Path(known["labels"]).exists():  # it is written last
            simulate_series(
                scenes={scene_id: str(place / name)},
                labelled=[scene_id],
                truth=[str(place / f"truth_{date}.tif")],
                clouds=[],
                height_px=SIZE_PX,
                width_px=SIZE_PX,
                spacing_m=SPACING_M,
                seed=seed,
                variety=VARIETY,
                **known,
            )
        rows.append({"scene": scene_id, "path": str(place / name)})
        labels.append(gpd.read_file(known["labels"]))
    pd.DataFrame(rows).to_csv(folder / "scenes.tsv", sep="\t", index=False)
    pd.concat(labels, ignore_index=True).to_file(folder / "labels.gpkg", driver="GPKG")


def train() -> None:
    """Train the model, with fold models for its temperature and scores."""
    subprocess.run([sys.executable, "-m", "snakemake", str(MODEL / "model.json"), "--configfile", PRESET], check=True)


def ship() -> None:
    """Copy what classifies, and say how well it does."""
    SHIPPED.mkdir(parents=True, exist_ok=True)
    for name in ("model.json", "weights.safetensors"):
        shutil.copyfile(MODEL / name, SHIPPED / name)
        print(f"{SHIPPED / name}: {(SHIPPED / name).stat().st_size / 1000:.0f} kB")
    print(json.loads((SHIPPED / "model.json").read_text())["scores"])


if __name__ == "__main__":
    if not (TRAINED / "glaciers" / "labels.gpkg").exists():
        simulate(TRAINED / "glaciers")
    train()
    ship()
