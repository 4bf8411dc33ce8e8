"""What a run has made, in a few lines for the terminal."""

from pathlib import Path

import pandas as pd


def of_run(results: str | Path, scheme: str) -> str:
    """Say where maps and scores of a finished run are, and what the scores say.

    Parameters
    ----------
    results
        Folder of all outputs.
    scheme
        Split scheme of the models that the maps are made with.

    Returns
    -------
    str
        Lines of text; products that were not asked for are left out.
    """
    results = Path(results)
    lines = []
    for folder in sorted(path for path in (results / "maps").glob("*") if path.is_dir()):
        sheets = sorted(folder.glob("*.png"))
        if sheets:
            lines.append(f"  {folder.name:<10} {len(sheets):3d} map sheets   {folder}/")
    if lines:
        lines.insert(0, "Maps:")
    scores_path = results / "evaluation" / scheme / "scores.tsv"
    if scores_path.is_file():
        scores = pd.read_csv(scores_path, sep="\t")
        lines.append(f"Scores on held-out tiles, split scheme {scheme} (macro-F1 with 95 % interval, accuracy):")
        for row in scores.itertuples():
            interval = f"{row.macro_f1:.2f} [{row.macro_f1_low:.2f}, {row.macro_f1_high:.2f}]"
            lines.append(f"  {row.model:<22} {interval}   {row.accuracy:.2f}   n = {row.n}")
        lines.append(f"  more in {scores_path.parent}/ and, for all schemes, {results}/evaluation/summary.md")
    return "\n".join(lines)
