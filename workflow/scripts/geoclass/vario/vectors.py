"""How wide the vectors are in which numba's code computes: one setting, before the first compilation.

The integer kernels multiply 16-bit counts and add the products up in 32 bits, which one instruction does for 16 pixels of a vector of
256 bits. LLVM chooses 128 bits by itself: on Intel's processors with AVX-512, because it holds 512 bits for slow there and counts
in 32-bit numbers; on those with AVX2 alone, for the latter reason. No result depends on it but the order of the sums of real numbers.
"""

from functools import cache

from numba import config
from numba.core import codegen


def chosen(features: str) -> tuple[str, list[str]]:
    """Return the features that a processor's code is compiled for, and LLVM's options, from the features that it has (``+avx2,…``)."""
    known = features.split(",")
    if "+avx512bw" in known and not any(name.endswith("prefer-256-bit") for name in known):
        return f"{features},-prefer-256-bit", []
    if "+avx2" in known and "+avx512bw" not in known:
        return features, ["-vectorizer-maximize-bandwidth"]
    return features, []


@cache  # LLVM takes an option once in a process
def widen() -> None:
    """Have numba compile for wide vectors from now on; a processor set by ``NUMBA_CPU_FEATURES`` stays the one compiled for."""
    features = codegen.get_host_cpu_features() if config.CPU_FEATURES is None else config.CPU_FEATURES
    config.CPU_FEATURES, options = chosen(features)
    for option in options:
        codegen.ll.set_option("geoclass", option)
