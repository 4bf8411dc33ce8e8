"""What is said about a run when it ends: only what is there, where it is, and what it says."""

import hashlib

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from geoclass.report import data_card, pages, run_times, summary, summary_page

SCORES = "model\tmacro_f1\tmacro_f1_low\tmacro_f1_high\taccuracy\tn\nvarionet\t0.91\t0.85\t0.96\t0.93\t122\nmajority\t0.02\t\t\t0.1\t122\n"
AREAS = "date\tclass_id\tclass_name\tarea_km2\tarea_low_km2\tarea_high_km2\n" + "".join(
    f"{year}-06-01\t{number}\t{name}\t{area}\t{area - 1}\t{area + 1}\n"
    for year, name, number, area in (
        (2016, "Snow", 1, 12.5),
        (2017, "Snow", 1, 9),
        (2019, "Snow", 1, 4.25),
        (2016, "Ice", 2, 3),
        (2019, "Ice", 2, 5),
    )
)


@pytest.fixture
def results(tmp_path):
    """Return the folder of a finished run."""
    files = {
        "series/scenes.tsv": "scene\tdate\tsynthetic\nb\t2016-06-25T17:03:09Z\tTrue\na\t2019-07-04T10:00:00Z\tTrue\n",
        "evaluation/block/scores.tsv": SCORES,
        "series/varionet/areas.tsv": AREAS,
        "maps/varionet/a_class.tif": "",
        "maps/varionet/a.png": "",
        "maps/varionet/b.png": "",
        "maps/resnet18/a_class.tif": "",
        "benchmarks/list_scenes.tsv": "s\tmax_rss\tcpu_time\n0.4\t-\t0.3\n",
        "benchmarks/render_maps/a.tsv": "s\tmax_rss\tcpu_time\n4.5\t210.5\t4\n",
        "benchmarks/render_maps/b.tsv": "s\tmax_rss\tcpu_time\n5.5\t190\t5\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    Image.fromarray(np.zeros((40, 60, 3), np.uint8)).save(tmp_path / "maps" / "panels.jpg")
    (tmp_path / "maps" / "panels.png").touch()
    return tmp_path


def test_names_are_shown_as_they_are_written(results):
    """A class None, where no crevasse is, is not missing, nor is a scene 0012 the number 12."""
    table = results / "series" / "varionet" / "areas.tsv"
    table.write_text(AREAS.replace("date\t", "date\tscenes\t").replace("06-01\t", "06-01\t0012\t").replace("Snow", "None"))
    changes = "from_date\tto_date\tfrom_class\tto_class\tarea_km2\tshare\n2016-06-01\t2019-06-01\tNone\tNA\t2\t1\n"
    (table.parent / "transitions.tsv").write_text(changes)
    (results / "series" / "scenes.tsv").write_text("scene\tdate\tsynthetic\nnull\t2016-06-25T17:03:09Z\tTrue\n")
    (results / "maps" / "varionet" / "null.png").touch()
    text = summary.of_run(results, "block", ["varionet"])
    assert (
        "| None | 12.5 (11.5 to 13.5) |" in text and "from None to NA (2 km²)" in text and "varionet/null.png`: the last" in text
    )
    page = pages.page(table, "Areas")
    assert page.count("<td>None</td>") == 3 and page.count("<td>0012</td>") == 5
    (results / "times.tsv").write_text("rule\tmemory_mb\na\tNA\nb\t2.54321\n")
    page = pages.page(results / "times.tsv", "Times")
    assert "<td>–</td>" in page and "<td>2.543</td>" in page


@pytest.mark.parametrize("content", ["", "s\tmax_rss\tcpu_time\n", "s\tmax_rss\n4\t5\n", "\x00"])
def test_a_benchmark_file_that_was_cut_off_does_not_count(results, content):
    """As a killed run or a full disk leave it: the summary is the last step of every run."""
    before = run_times.read(results / "benchmarks")
    (results / "benchmarks" / "render_maps" / "cut.tsv").write_text(content)
    pd.testing.assert_frame_equal(run_times.read(results / "benchmarks"), before)


def test_a_run_is_summarised(results):
    text = summary.of_run(results, "block", ["resnet18", "varionet"])
    for expected in (
        "2 scenes, 2016-06-25 to 2019-07-04",
        "**Synthetic (simulated) scenes: not observations.** Maps of classes", "1 by VarioNet, 1 by ResNet-18",
        f"`{results}/maps/varionet/a.png`: the last scene, by VarioNet", f"`{results}/maps/panels.png`",
        "| VarioNet | 0.91 | 0.85 to 0.96 | 0.93 | 122 |", "| majority | 0.02 | – | 0.10 | 122 |",
        "| class | 2016-06-01 | 2019-06-01 |", "| Snow | 12.5 (11.5 to 13.5) | 4.25 (3.25 to 5.25) |",
    ):  # fmt: skip
        assert expected in text
    assert "change.png" not in text and "catalog" not in text


def test_it_opens_with_the_latest_map_and_four_numbers(results):
    (results / "maps" / "varionet" / "a.jpg").write_bytes(b"picture")
    (results / "series" / "varionet" / "front.tsv").write_text(
        "date\tfront_m\tresolution_m\tunobserved_beyond_m\tadvance_m\trate_m_per_year\n"
        "2016-06-25\t1000\t60\t0\t\t\n2018-07-04\t\t60\t0\t\t\n2019-07-04\t4021\t60\t0\t\t\n"
    )
    (results / "series" / "varionet" / "transitions.tsv").write_text(
        "from_date\tto_date\tfrom_class\tto_class\tarea_km2\n2016-06-25\t2019-07-04\tSnow\tSnow\t3\n"
        "2016-06-25\t2019-07-04\tSnow\tIce\t1\n2016-06-25\t2019-07-04\tnot comparable\tIce\t9\n"
    )
    (results / "series" / "varionet" / "coverage.tsv").write_text(
        "date\tground_km2\tobserved_km2\toutside_applicability_km2\n2016-06-25\t10\t10\t0.2\n2019-07-04\t10\t6\t1.4\n2020-07-04\t10\t0\t0\n"
    )
    text = summary.of_run(results, "block", ["varionet"])
    front, change, score, unlike = [line for line in text.splitlines() if line.startswith("- **")][:4]
    assert "**Unlike the training tiles: 10.0 %** of the observed ground" in unlike and "most on 2019-07-04 (23.3 %)." in unlike
    assert "4,021 m** up the centre line on 2019-07-04 (± 60 m), +3,021 m since 2016-06-25, +999 m a year." in front
    assert "**Changed ground: 25 %**" in change and "from Snow to Ice (1 km²)" in change
    assert "**Macro-F1 of VarioNet: 0.91** on 122 tiles held out of training, 95 % interval 0.85 to 0.96." in score
    (results / "summary.md").write_text(text)
    page = pages.page(results / "summary.md", "Summary")
    assert text.index("![Map of 2019-07-04 by VarioNet](maps/varionet/a.jpg)") < text.index("2 scenes")
    assert 'src="data:image/jpeg;base64,cGljdHVyZQ=="' in page and 'alt="Map of 2019-07-04 by VarioNet"' in page


def test_of_a_model_without_area_of_applicability_it_says_nothing_of_what_is_unlike(results):
    (results / "series" / "varionet" / "coverage.tsv").write_text(
        "date\tground_km2\tobserved_km2\toutside_applicability_km2\n2016-06-25\t10\t10\t\n2019-07-04\t10\t6\t\n"
    )
    assert "Unlike" not in summary.of_run(results, "block", ["varionet"])


def test_a_front_below_hidden_ground_tells_of_it(results):
    (results / "series" / "varionet" / "front.tsv").write_text(
        "date\tfront_m\tresolution_m\tunobserved_beyond_m\tadvance_m\trate_m_per_year\n2019-07-04\t5200\t116\t4000\t\t\n"
    )
    front = next(line for line in summary.of_run(results, "block", ["varionet"]).splitlines() if "Surge front" in line)
    assert front.endswith("on 2019-07-04 (± 116 m; the 4,000 m above it were not observed).")


def test_models_of_an_earlier_run_are_left_out(results):
    text = summary.of_run(results, "block", ["resnet18"])
    assert "1 by ResNet-18." in text and "by VarioNet" not in text
    assert not summary.pictures(results, ["resnet18"])[1:]


def test_an_empty_folder_has_nothing_to_tell(tmp_path):
    assert summary.of_run(tmp_path, "block", ["varionet"]) == "# What this run made\n"


def test_the_pdf_holds_text_and_pictures_and_is_the_same_every_time(results, tmp_path):
    digests = []
    for name in ("a.pdf", "b.pdf"):
        summary_page.write(
            tmp_path / name, summary.of_run(results, "block", ["resnet18", "varionet"]), summary.pictures(results, ["varionet"])
        )
        digests.append(hashlib.sha256((tmp_path / name).read_bytes()).digest())
    assert digests[0] == digests[1]
    assert (tmp_path / "a.pdf").read_bytes().count(b"/Type /Page ") == 2


def test_a_text_longer_than_a_page_goes_on_on_the_next(tmp_path):
    summary_page.write(tmp_path / "a.pdf", "\n\n".join(["# Heading", *["word " * 100] * 20]), [])
    assert (tmp_path / "a.pdf").read_bytes().count(b"/Type /Page ") == 3


def test_run_times_are_added_up_by_rule(results):
    rules = run_times.by_rule(run_times.read(results / "benchmarks")).set_index("rule")
    assert rules.index.tolist() == ["render_maps", "list_scenes"]
    assert rules.loc["render_maps", ["jobs", "run_time_s", "longest_job_s", "memory_mb"]].tolist() == [2, 10, 5.5, 210.5]
    assert np.isnan(rules.loc["list_scenes", "memory_mb"])
    run_times.draw(results / "times.png", rules.reset_index())
    assert Image.open(results / "times.png").size[0] == 1350


def test_a_run_without_benchmarks_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no benchmark file, expected one of every job that ran; run the workflow first"):
        run_times.read(tmp_path)


def test_pages_need_nothing_else(tmp_path):
    (tmp_path / "a.md").write_text("# Title\n\n| a | b |\n|---|---|\n| 1 | <2> |\n")
    (tmp_path / "b.tsv").write_text("model\tscore\nA & B\t0.123456\nC\t\n")
    text, table = pages.page(tmp_path / "a.md", "A"), pages.page(tmp_path / "b.tsv", "Scores & more")
    assert "<td>1</td>" in text and "<h1>Title</h1>" in text
    assert "<td>A &amp; B</td>" in table and "<td>0.1235</td>" in table and "<td>–</td>" in table and "Scores &amp; more" in table
    for page in (text, table):
        assert "http" not in page and "<script" not in page and "src=" not in page


def test_the_data_card_tells_scenes_and_labels():
    scene = {"scene": "a", "date": "2016-06-25", "sensor": "WV02", "epsg": 3413, "height_px": 2, "width_px": 3, "source": "a.tif"}
    scene |= {"pixel_height_m": 0.487, "pixel_width_m": 0.51, "valid_share": 0.83, "sun_elevation_deg": 22.1, "synthetic": False}
    scenes = pd.DataFrame(
        [scene | {"n_tiles": 7}, scene | {"scene": "b", "date": None, "sun_elevation_deg": None, "n_tiles": 5, "synthetic": True}]
    )
    classes = pd.DataFrame({"class_id": [1, 2], "class_name": ["Snow", "Ice"], "description": ["white", "blue"]})
    labels = pd.DataFrame({"scene": ["a", "a"], "class_id": [1, 1]})
    split = {"scheme": "block", "counts": {"Snow": {"train": 1, "test": 1}}}
    text = data_card.markdown(scenes, classes, labels, split, ["labels.gpkg"], "Imagery: nobody.")
    for expected in (
        "2 scenes, 12 tiles", "| a | 2016-06-25 | WV02 | 3413 | 2 x 3 | 0.487 x 0.51 | 83 % | 22° | 7 |", "| b | unknown |",
        "- b: `a.tif` (synthetic)", "Some scenes are synthetic", "2 labelled tiles in 1 scenes, split by block. Sources: labels.gpkg.",
        "| 1 | Snow | white | 1 | 1 |", "| 2 | Ice | blue | 0 | 0 |", "## Credits\n\nImagery: nobody.",
    ):  # fmt: skip
        assert expected in text
