"""Devices: a GPU that is asked for and not there is refused, and seeds repeat what they start."""

import numpy as np
import pytest
import torch

from geoclass.networks import devices


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match=r"device: cuda, but this PyTorch .*; set it to auto or cpu"):
        devices.choose("cuda", "device")


def test_auto_takes_the_gpu_where_there_is_one(monkeypatch):
    for there, kind in ((False, "cpu"), (True, "cuda")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda there=there: there)
        assert devices.choose("auto", "x").type == kind
        assert devices.choose("cpu", "x").type == "cpu"
    assert devices.choose("cuda", "x").type == "cuda"


def test_bfloat16_is_taken_where_the_processor_has_it(monkeypatch):
    for has, expected in ((True, torch.bfloat16), (False, torch.float32)):
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda has=has: has)
        monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
        assert devices.precision("auto", torch.device("cpu")) == expected
    assert devices.precision("float32", torch.device("cpu")) == torch.float32


@pytest.mark.parametrize("emulated, native, expected", [(True, False, torch.float32), (True, True, torch.bfloat16)])
def test_a_gpu_that_only_emulates_bfloat16_computes_float32(monkeypatch, emulated, native, expected):
    answers = {True: emulated, False: native}
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: answers[including_emulation])
    assert devices.precision("auto", torch.device("cuda")) == expected


def test_small_networks_compute_with_one_thread_and_others_go_on_with_theirs():
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        with pytest.raises(ValueError, match="x"), devices.one_thread():
            assert torch.get_num_threads() == 1
            raise ValueError("x")
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_a_seed_repeats_all_random_numbers():
    def drawn(*parts):
        rng = devices.seed(*parts)
        return [rng.random(), torch.rand(1).item(), np.random.default_rng(rng).random()]

    assert drawn(1, 2) == drawn(1, 2) != drawn(1, 3)
