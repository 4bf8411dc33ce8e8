"""Fetch the weights of ResNet-18 that torchvision publishes, checked and as safetensors."""

import hashlib
import http.client
import tempfile
import urllib.request
from pathlib import Path

from safetensors.torch import save_file

from geoclass.core import files, log
from geoclass.networks import resnet18

SOURCE = "https://download.pytorch.org/models/resnet18-f37072fd.pth"  # torchvision's ResNet18_Weights.IMAGENET1K_V1
SHA256 = "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec"
LICENCE = "BSD-3-Clause (torchvision); learned from ImageNet, whose images have terms of their own"
TIMEOUT_S = 60


def fetch_weights(source: str, sha256: str, weights: str) -> None:
    """Write published weights as safetensors, with source, checksum and licence in its metadata.

    Parameters
    ----------
    source
        Address of the file. A file of that name beside `weights`, as somebody has brought it to a machine without network, is taken
        first.
    sha256
        What its bytes must be.
    weights
        Safetensors file to write.

    Raises
    ------
    ValueError
        Nothing could be fetched, or the file has other bytes.
    """
    brought = Path(weights).with_name(source.rsplit("/", 1)[1])
    content = brought.read_bytes() if brought.is_file() else _fetched(source, brought)
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        where = brought if brought.is_file() else source
        raise ValueError(f"{where}: SHA-256 {found}, expected {sha256}; bring the right file to {brought} and run again")
    with tempfile.NamedTemporaryFile(suffix=brought.suffix) as copy:
        copy.write(content)
        copy.flush()
        given = {name: each.contiguous() for name, each in resnet18.read_weights(copy.name).items()}
    with files.replacing(weights) as temporary:
        save_file(given, temporary, {"source": source, "sha256": sha256, "licence": LICENCE})
    log.logger.info("%s: %d tensors of %s; licence: %s", weights, len(given), source, LICENCE)


def _fetched(source: str, brought: Path) -> bytes:
    """Return the bytes at an address."""
    try:
        with urllib.request.urlopen(source, timeout=TIMEOUT_S) as answer:
            return answer.read()
    except (OSError, http.client.HTTPException) as error:  # the latter where the connection breaks off
        raise ValueError(
            f"{source}: not fetched ({getattr(error, 'reason', error)}), expected an answer; bring the file to {brought} and run again, or "
            "leave train_resnet18/start_weights out"
        ) from None


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        fetch_weights(SOURCE, SHA256, snakemake.output.weights)
