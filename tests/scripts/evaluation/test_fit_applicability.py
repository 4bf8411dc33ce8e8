"""The area of applicability of a split: made of training tiles alone, the same every time."""

import pytest
import scored_series
from evaluation.fit_applicability import fit_applicability

from geoclass.confidence import applicability
from geoclass.core import tables


def fit(series, path):
    fit_applicability(series.labels, series.split, series.vario, seed=1, threads=1, reference=str(path))
    return applicability.load(path)


def test_training_tiles_make_the_reference(tmp_path):
    series = scored_series.write(tmp_path)
    reference = fit(series, tmp_path / "models" / "applicability.safetensors")
    assert reference.training.shape == (48, 8)
    assert reference.about == {"lags": scored_series.VARIO["lags"], "split": "block"}
    assert reference.weights.sum() == pytest.approx(1)

    v = tables.vectors(tables.open_table(series.vario[1]).read(["v"])["v"]).reshape(48, 4, 2)
    index, inside = applicability.dissimilarity(applicability.vectors_of(v, scored_series.RADIOMETRY), reference)
    assert (index[:24] < 1e-6).all() and (index[24:] > 0).all() and inside[24:].mean() > 0.7
    index, inside = applicability.dissimilarity(applicability.vectors_of(100 * v, scored_series.RADIOMETRY), reference)
    assert (index > 1).all() and not inside.any()

    fit(series, tmp_path / "again.safetensors")
    first = (tmp_path / "models" / "applicability.safetensors").read_bytes()
    assert (tmp_path / "again.safetensors").read_bytes() == first


def test_training_tiles_in_one_block_have_no_area(tmp_path):
    with pytest.raises(ValueError, match="all training tiles lie in one block, expected at least two"):
        fit(scored_series.write(tmp_path, block="x0 y0"), tmp_path / "x.safetensors")
    assert not (tmp_path / "x.safetensors").exists()
