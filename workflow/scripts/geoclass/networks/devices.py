"""Where and how networks are computed: device, arithmetic, and the same numbers every time."""

import contextlib
import os
import random
from collections.abc import Iterator

import numpy as np
import torch


def choose(name: str, setting: str) -> torch.device:
    """Return the device that a setting asks for: cpu, cuda, or auto for a GPU where there is one.

    Raises
    ------
    ValueError
        A GPU is asked for and there is none.
    """
    if name == "cuda" and not torch.cuda.is_available():
        built = "is built without CUDA" if torch.version.cuda is None else "finds no GPU"
        raise ValueError(f"{setting}: cuda, but this PyTorch {built}; set it to auto or cpu, or run where there is a GPU")
    return torch.device("cuda" if name == "cuda" or (name == "auto" and torch.cuda.is_available()) else "cpu")


def precision(name: str, device: torch.device) -> torch.dtype:
    """Return the arithmetic that a setting asks for; auto is bfloat16 where the device computes it in hardware, else float32.

    Measured on two cores with AVX512-BF16, training ResNet-18 in bfloat16 is twice as fast as in float32; without such
    instructions it is slower. Weights and sums stay in float32.
    """
    if name == "auto":
        hardware = torch.cuda.is_bf16_supported(including_emulation=False) if device.type == "cuda" else _processor_has_bfloat16()
        name = "bfloat16" if hardware else "float32"
    return {"float32": torch.float32, "bfloat16": torch.bfloat16}[name]


def _processor_has_bfloat16() -> bool:
    """Tell whether the processor multiplies bfloat16 itself."""
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


def reproducible(threads: int) -> None:
    """Make all that follows give the same numbers every time, on the same kind of processor with as many threads."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.set_num_threads(threads)
    torch.set_deterministic_debug_mode("warn")  # as use_deterministic_algorithms, which takes a second to load the compiler
    # Nothing here reads memory that is not set; filling it took a twentieth of a training.
    torch.utils.deterministic.fill_uninitialized_memory = False
    torch.backends.cudnn.benchmark = False


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Compute with one thread: two of them wait for each other longer than a small network computes, the more on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def seed(*parts: int) -> np.random.Generator:
    """Seed every source of random numbers from whole numbers, and return a generator of its own for what is drawn with NumPy."""
    state = np.random.SeedSequence(parts)
    words = state.generate_state(2)
    random.seed(int(words[0]))
    torch.manual_seed(int(words[1]))
    return np.random.default_rng(state)
