"""Tensors are written whole or not at all, and a full disk is told like any other."""

import numpy as np
import pytest
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from geoclass.core import tensor_file


def test_a_file_appears_when_it_is_whole(tmp_path):
    with tensor_file.replacing(tmp_path / "a.safetensors") as temporary:
        save_file({"x": np.arange(3)}, temporary)
        assert not (tmp_path / "a.safetensors").exists()
    assert load_file(tmp_path / "a.safetensors")["x"].tolist() == [0, 1, 2]


def test_what_safetensors_says_of_the_disk_is_one_sentence(tmp_path):
    with pytest.raises(OSError, match=r"a.safetensors: .*No space left on device.*; make room on the disk"):
        with tensor_file.replacing(tmp_path / "a.safetensors") as temporary:
            temporary.write_bytes(b"half")
            raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")
    assert not list(tmp_path.iterdir())
