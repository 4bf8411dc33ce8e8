"""The data card is made of the table of the series, of labels and of their split."""

import labelled_series
import pandas as pd
import pytest
from report.describe_data import describe_data

from geoclass.core import tables
from geoclass.labels import label_tables
from geoclass.report import pages


@pytest.fixture
def series(tmp_path):
    return labelled_series.write(tmp_path)


def card(series, folder, table, **changed):
    table.to_csv(folder / "scenes.tsv", sep="\t", index=False)
    pd.DataFrame(labelled_series.CLASSES).assign(**changed).to_csv(folder / "classes.tsv", sep="\t", index=False)
    columns = [column for column in label_tables.LABELS if column.name in ("scene", "class_id")]
    labels = pd.DataFrame({"scene": ["0012", "b"], "class_id": [2, 4]})
    tables.write(folder / "labels.parquet", columns, labels, {"classes": labelled_series.CLASSES})
    paths = [str(folder / name) for name in ("scenes.tsv", "classes.tsv", "labels.parquet")]
    describe_data(*paths, series.split, ["a.gpkg"], "Imagery: nobody.", str(folder / "card.md"))
    return (folder / "card.md").read_text()


def scenes():
    facts = {"date": "2016-06-25T17:03:09Z", "sensor": "WV02", "epsg": 3413, "height_px": 480, "width_px": 640}
    facts |= {"pixel_height_m": 0.51, "pixel_width_m": 0.487, "valid_share": 0.9, "sun_elevation_deg": 22.0}
    rows = [
        facts | {"scene": name, "synthetic": False, "n_tiles": n, "source": f"{name}.tif"} for name, n in (("0012", 5), ("b", 7))
    ]
    return pd.DataFrame(rows)


def test_scenes_and_their_tiles_are_listed(series, tmp_path):
    text = card(series, tmp_path, scenes())
    assert (
        "2 scenes, 12 tiles" in text and "| 0012 | 2016-06-25T17:03:09Z | WV02 | 3413 | 480 x 640 |" in text and "| 7 |" in text
    )


def test_a_table_of_an_earlier_version_is_one_sentence(series, tmp_path):
    with pytest.raises(
        ValueError, match=r"scenes.tsv: no column n_tiles, as in earlier versions; delete the table, and the next run"
    ):
        card(series, tmp_path, scenes().drop(columns="n_tiles"))
    assert not (tmp_path / "card.md").exists()


def test_a_class_that_is_renamed_keeps_its_counts(series, tmp_path):
    """Its labels and their split know it by the name that it had: they are not made anew."""
    before = card(series, tmp_path, scenes())
    after = card(series, tmp_path, scenes(), class_name=["Firn", "Parallel", "Snow"])
    assert "| 2 | Snow |" in before and before.replace("| Snow |", "| Firn |").replace("| Chaos |", "| Snow |") == after


def test_a_description_of_a_class_does_not_tear_the_table(series, tmp_path):
    text = card(series, tmp_path, scenes(), description=["bare|dirty", "", ""])
    assert r"| 2 | Snow | bare\|dirty | " in text
    page = pages.page(tmp_path / "card.md", "Data card")
    assert "<td>bare|dirty</td>" in page
