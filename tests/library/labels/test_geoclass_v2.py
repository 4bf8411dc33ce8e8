"""Tables of the original software: read as arrays and plain containers, and refused when they hold anything else."""

import os
import pickle

import numpy as np
import pytest
from affine import Affine
from legacy_files import INFO, TABLE, write

from geoclass.labels import geoclass_v2


def test_images_sizes_classes_and_rows_are_read(tmp_path):
    found, table = geoclass_v2.read(write(tmp_path / "labels.npy"))
    assert found == {
        "images": ["Data/Worldview_Image/WV02_2016.tif", "C:/Data/WV01_2018.tif"],
        "height_px": 201,
        "width_px": 268,
        "classes": ["Undisturbed Snow", "Chaos"],
    }
    assert table[["row_px", "column_px", "label", "image"]].to_numpy().tolist() == [
        [0, 268, -1, 0],
        [201, 0, 1, 1],
        [402, 0, 0, 1],
    ]
    assert list(table["confidence"]) == [0, 1, 0.7]


def test_files_of_one_image_have_no_column_for_it(tmp_path):
    info = INFO | {"filename": "Data/WV02_2016.tif", "winsize_pix": (np.int64(201), 268), "transform": Affine.identity()}
    found, table = geoclass_v2.read(write(tmp_path / "labels.npy", info, TABLE[:, :6]))
    assert found["images"] == ["Data/WV02_2016.tif"] and found["height_px"] == 201 and list(table["image"]) == [0, 0, 0]


@pytest.mark.parametrize("names", [(b"numpy._core", b"numpy.core"), (b"affine", b"affine")])
def test_files_of_older_numpy_are_read(tmp_path, names):
    path = write(tmp_path / "labels.npy")
    with open(path, "rb") as stream:
        np.lib.format.read_magic(stream)
        np.lib.format.read_array_header_1_0(stream)
        header, content = path.read_bytes()[: stream.tell()], pickle.load(stream)
    path.write_bytes(header + pickle.dumps(content, protocol=3).replace(*names))
    assert len(geoclass_v2.read(path)[1]) == 3


class Runs:
    """What an attacker would put into a pickle."""

    def __init__(self, function, *arguments):
        self.reduced = function, arguments

    def __reduce__(self):
        return self.reduced


@pytest.mark.parametrize(
    "thing",
    [
        Runs(os.system, "touch proof"),
        Runs(eval, "open('proof', 'w')"),
        Runs(np.load, "other.npy"),
        Runs(np.save, "proof", 1),
        Runs(np.ndarray.tofile, np.zeros(1), "proof"),
        Runs(getattr, "text", "format"),
        Runs(pickle.loads, pickle.dumps(Runs(os.system, "touch proof"))),
    ],
    ids=lambda thing: thing.reduced[0].__name__,
)
def test_nothing_is_run(tmp_path, monkeypatch, thing):
    monkeypatch.chdir(tmp_path)
    path = write(tmp_path / "labels.npy", INFO | {"extra": thing})
    with pytest.raises(ValueError, match=r"labels\.npy: not a table of split-images of the original software \(it holds "):
        geoclass_v2.read(path)
    assert os.listdir(tmp_path) == ["labels.npy"]


@pytest.mark.parametrize(
    "info, table, reason",
    [
        ({}, TABLE, "no 'filename'"),
        (INFO | {"winsize_pix": [201]}, TABLE, "not enough values"),
        ("text", TABLE, "something else than a description and a table"),
        (INFO, TABLE[:, :3], r"a table of shape \(3, 3\), expected 7 columns"),
        (INFO, np.full((1, 7), np.nan), "a table of shape"),
        (INFO, TABLE + np.eye(7)[4] * 5, "label 4, expected -1 to 1"),
        (INFO, TABLE + np.eye(7)[6], "image 2, expected 0 to 1"),
    ],
)
def test_parts_that_do_not_fit_are_one_sentence(tmp_path, info, table, reason):
    with pytest.raises(ValueError, match=reason) as caught:
        geoclass_v2.read(write(tmp_path / "labels.npy", info, table))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("cut", [0, 5, 100, 200, 400])
def test_a_cut_file_is_one_sentence(tmp_path, cut):
    path = write(tmp_path / "labels.npy")
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(ValueError, match="not a table of split-images of the original software"):
        geoclass_v2.read(path)


def test_an_array_of_numbers_is_one_sentence(tmp_path):
    np.save(tmp_path / "contour.npy", np.zeros((5, 2)))
    with pytest.raises(ValueError, match=r"an array of shape \(5, 2\) and type float64"):
        geoclass_v2.read(tmp_path / "contour.npy")
