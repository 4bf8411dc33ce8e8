"""The study of the paper on simulated scenes: its numbers of labels, its settings, its tables, and the defaults on the same labels.

`python tests/bench/paper.py [PART ...]`: `random` (the paper's settings and split), `block` (the same settings, places left out),
`defaults` (those of this workflow, dates left out) and `sweeps` (weights and learning rates); without any, all. What has been run goes
to LOG.md.
"""

import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests" / "bench"), str(ROOT / "workflow" / "scripts")]

import record
import runs
from simulation.simulate_series import simulate_series

from geoclass.core.model_names import NAMES
from geoclass.simulation.simulated_scene import EPSG

SCENES, RESULTS = ROOT / "results" / "paper_scenes", ROOT / "results" / "paper"
SIZE_PX, SPACING_M, SEED = 10240, 12, 20160625
PER_CLASS = {**dict.fromkeys(range(1, 10), 75), 10: 50, 11: 25}  # as the paper's: melt streams and sea ice have fewer
PRESET, SET = "config/presets/paper.yaml", "tests/bench/paper.yaml"
WAYS = {
    "random": "the paper's settings and split",
    "block": "the paper's settings, blocks of ground left out",
    "defaults": "defaults, dates left out",
}
SWEEPS = (
    ("weight_sweep", "variomlp_weight", "α, as Table 1"),
    ("learning_rate_sweep", "fine_learning_rate", "rate of fine-tuning, as Table 2"),
)
PUBLISHED = {"resnet18": "89.2", "variomlp": "52.3", "varionet": "95.5"}  # accuracy in %, of 150 tiles of a random split


def simulate() -> None:
    """Write three scenes of the simulated glacier with polygons of labels."""
    names = pd.read_csv(ROOT / "config" / "scenes.tsv", sep="\t")["path"].map(lambda path: Path(path).name)
    scenes = {name[5:13]: str(SCENES / name) for name in names.drop(2)}
    simulate_series(
        scenes=scenes,
        labelled=list(scenes),
        truth=[str(SCENES / f"truth_{date}.tif") for date in scenes],
        clouds=[],
        **{kind: str(SCENES / f"{kind}.gpkg") for kind in ("roi", "centre_line", "labels")},
        height_px=SIZE_PX,
        width_px=SIZE_PX,
        spacing_m=SPACING_M,
        seed=SEED,
    )
    rows = [f"{scene}\t{Path(path).relative_to(ROOT)}" for scene, path in scenes.items()]
    (SCENES / "scenes.tsv").write_text("\n".join(["scene\tpath", *rows]) + "\n")


def draw_labels() -> None:
    """Draw as many of the labelled tiles of each class as the paper has, and write a point in the middle of each."""
    runs.snakemake(
        "results/paper/labels/labels.parquet",
        config_files=[SET],
        given=["collect_labels={sources: [results/paper_scenes/labels.gpkg]}"],
    )
    labels = pd.read_parquet(RESULTS / "labels" / "labels.parquet")
    drawn = [tiles.sample(PER_CLASS[name], random_state=1) for name, tiles in labels.groupby("class_id")]
    chosen, points = pd.concat(drawn), []
    for scene, tiles in chosen.groupby("scene"):
        centres = pd.read_parquet(RESULTS / "tiles" / f"{scene}.parquet", columns=["tile_id", "x_m", "y_m"])
        placed = tiles[["tile_id", "scene", "class_id"]].merge(centres, on="tile_id")
        points.append(gpd.GeoDataFrame(placed, geometry=gpd.points_from_xy(placed["x_m"], placed["y_m"]), crs=EPSG))
    pd.concat(points, ignore_index=True)[["scene", "class_id", "geometry"]].to_file(SCENES / "tiles.gpkg", driver="GPKG")


def scored(part: str) -> Path:
    """Return the folder of the scores of a part."""
    if part == "defaults":
        return ROOT / "results" / "paper_defaults" / "evaluation" / "auto"
    return RESULTS / "evaluation" / part


def run(part: str) -> None:
    """Run one part of the study."""
    if part == "sweeps":
        runs.snakemake("weight_sweep", "learning_rate_sweep", config_files=[PRESET, SET])
    elif part == "defaults":
        runs.snakemake("scores", config_files=[SET], given=["pathvars={results: results/paper_defaults}"])
    else:
        runs.snakemake("scores", config_files=[PRESET, SET], given=[f"split_labels={{scheme: {part}}}"])


def percent(row: pd.Series, name: str) -> str:
    """Write a share with its interval in percent."""
    return f"{100 * row[name]:.1f} ({100 * row[f'{name}_low']:.0f}–{100 * row[f'{name}_high']:.0f})"


def accuracies(parts: list[str]) -> str:
    """Return accuracy by model and part, beside what the paper has."""
    scores = {part: runs.scores(scored(part)) for part in parts}
    lines = ["|model|published|" + "|".join(f"{part}: {WAYS[part]}" for part in parts) + "|", "|---|---:|" + "---:|" * len(parts)]
    for model, title in runs.MODELS.items():
        cells = [percent(scores[part].loc[model], "accuracy") for part in parts]
        lines.append(f"|{title}|{PUBLISHED.get(model, '')}|{'|'.join(cells)}|")
    return "\n".join(lines)


def by_class(part: str) -> str:
    """Return the share of each class that every network finds, as Fig. 13 of the paper shows it."""
    table = pd.read_csv(scored(part) / "per_class.tsv", sep="\t").query("model in @NAMES")
    recall = table.pivot(index="class_name", columns="model", values="recall").loc[table["class_name"].unique(), list(NAMES)]
    tiles = table.groupby("class_name")["support"].first()
    lines = [f"|class, {part}|tiles|" + "|".join(NAMES.values()) + "|", "|---|" + "---:|" * 4]
    lines += [
        f"|{name}|{tiles[name]:.0f}|" + "|".join(f"{100 * value:.0f}" for value in row) + "|" for name, row in recall.T.items()
    ]
    return "\n".join(lines)


def beta(part: str) -> str:
    """Return the mean weight of ResNet-18 by confidence of VarioNet, as Fig. 9 of the paper shows it."""
    table = pd.read_parquet(scored(part) / "predictions.parquet").query("model == 'varionet'")
    bins = table.groupby(pd.cut(table["confidence"], [0, 0.5, 0.8, 0.95, 1]), observed=True)["resnet18_weight"]
    lines = [f"|confidence of VarioNet, {part}|tiles|mean β|", "|---|---:|---:|"]
    return "\n".join([*lines, *(f"|{span.left:g} to {span.right:g}|{len(of)}|{of.mean():.2f}|" for span, of in bins)])


def sweep(name: str, column: str, title: str) -> str:
    """Return a table of the sweeps: loss and accuracy on validation tiles."""
    table = pd.read_csv(RESULTS / "sweeps" / "random" / f"{name}.tsv", sep="\t")
    lines = [f"|{title}|validation loss|accuracy|", "|---|---:|---:|"]
    for row in table.to_dict("records"):
        what = row.get("weights", "discrete")
        what = f"{row[column]:g}" if what == "discrete" else what
        lines.append(f"|{what}|{row['validation_loss']:.3f}|{100 * row['validation_accuracy']:.1f} %|")
    return "\n".join(lines)


def report() -> None:
    """Put what has been run into the log of experiments."""
    parts = [part for part in WAYS if (scored(part) / "scores.tsv").exists()]
    n_tiles = sum(PER_CLASS.values())
    about = f"{n_tiles} simulated tiles in the numbers of the paper, accuracy in %, seed 1; {record.machine()}, {record.today()}."
    details = [about, accuracies(parts), *map(by_class, parts), *map(beta, parts)]
    details += [sweep(*study) for study in SWEEPS if (RESULTS / "sweeps" / "random" / f"{study[0]}.tsv").exists()]
    record.section("paper", "The paper's study, simulated", "\n\n".join(details), page=record.LOG)


def main() -> None:
    if not (SCENES / "scenes.tsv").exists():
        simulate()
    if not (SCENES / "tiles.gpkg").exists():
        draw_labels()
    for part in sys.argv[1:] or [*WAYS, "sweeps"]:
        run(part)
        report()


if __name__ == "__main__":
    main()
