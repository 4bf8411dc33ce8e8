"""The report of a finished run holds all there is to see, and needs nothing but itself."""

import re

import pytest

LOADED = re.compile(r"<(?:script|img|iframe|source|link)\b[^>]*?\b(?:src|href)=[\"']?(?:https?:)?//[^>]*>")


@pytest.fixture(scope="module")
def report(finished, tmp_path_factory):
    """Return the text of the report."""
    copy = finished.copied(tmp_path_factory.mktemp("report") / "series")
    run = copy.snakemake("--report", "report.html")
    assert run.returncode == 0, run.stdout[-3000:]
    return (copy.folder / "report.html").read_text()


def test_it_loads_nothing_from_elsewhere(report):
    assert not LOADED.search(report)


def test_it_holds_maps_scores_curves_cards_and_run_times(report):
    for model in ("variomlp", "resnet18", "varionet"):
        for path in (
            f"models/block/{model}/curves.png",
            f"pages/card_{model}.html",
        ):
            assert f"results/{path}" in report, path
    for path in (
        "maps/varionet/20190704.jpg",
        "maps/panels.jpg",
        "pages/scores_block.html",
        "pages/data_card.html",
        "pages/summary.html",
        "run/times.png",
        "scenes/20160625.jpg",
    ):
        assert f"results/{path}" in report, path
    for category in ("Summary", "Scenes", "Maps", "Scores", "Models", "Run"):
        assert f'"{category}"' in report, category


def test_the_summary_is_printed_and_written(finished):
    text = (finished.folder / "results" / "summary.md").read_text()
    assert "4 scenes, 2016-06-25 to 2019-07-04. **Synthetic" in text and "| VarioNet |" in text
    assert (finished.folder / "results" / "summary.pdf").read_bytes().startswith(b"%PDF")
    times = (finished.folder / "results" / "run" / "times.tsv").read_text()
    assert "train_resnet18\t1\t" in times and "render_maps\t4\t" in times
