"""The worked example of docs/method.md: every number in it is what the library computes."""

import ast
from pathlib import Path

import numpy as np

from geoclass.core import pixel_axes
from geoclass.vario import vario_functions

PAGE = (Path(__file__).parents[3] / "docs" / "method.md").read_text(encoding="utf-8")
EXAMPLE = PAGE.split("### A worked example\n")[1].split("\n## ")[0]
TILE = np.array([list(map(int, line.split())) for line in EXAMPLE.split("```")[1].split("\n")[1:-1]])


def number(text):
    return float(text.strip().replace("−", "-").removesuffix(" m"))


def test_every_line_of_the_table():
    lines = [line.strip("|").split("|") for line in EXAMPLE.split("\n") if line.startswith("| (")]
    assert len(lines) == 4
    for vector, length, pairs, increments, squares, v, residual in lines:
        lag = np.array(ast.literal_eval(vector.strip()))
        found = vario_functions.vario_functions(TILE[None].astype(np.uint8), lag[None, None])
        here, there = TILE[: 3 - lag[0], : 6 - lag[1]], TILE[lag[0] :, lag[1] :]
        assert (here - there).sum() == number(increments) and ((here - there) ** 2).sum() == number(squares)
        assert found.n_pairs.item() == here.size == number(pairs)
        np.testing.assert_allclose([found.v.item(), found.residual.item()], [number(v), number(residual)], atol=1e-12)
        assert vario_functions.lag_distances_m(lag, pixel_axes.of_image(0.5, 0.5)) == number(length)


def test_the_invalid_pixel():
    valid = np.ones((1, 3, 6), bool)
    valid[0, 0, 0] = False
    found = vario_functions.vario_functions(TILE[None].astype(np.uint8), np.array([[[0, 1]]]), valid)
    assert found.n_pairs.item() == 14 and f"{found.v.item():.3f}" == "10.286"
    assert "14 pairs, v = 288 / (2·14) = 10.286" in EXAMPLE


def test_bytes_without_a_sign():
    assert np.uint8(2) - np.uint8(8) == 250 and "2 − 8 would be 250" in EXAMPLE
