"""ResNet-18, the data-driven network: pixels of a tile in, one logit a class out."""

import pickle
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn


def declare_operators() -> torch.library.Library | None:
    """Declare the two compiled operators that torchvision's import expects, where its compiled part does not fit this torch.

    A torchvision built for CUDA beside a torch for CPU cannot load its operators and fails at import with "operator
    torchvision::nms does not exist", though none of the classifiers uses them. Where the two fit, nothing is done.

    Returns
    -------
    torch.library.Library or None
        The declarations, which live as long as this object; None where none was needed.
    """
    try:
        import torchvision  # noqa: F401

        return None
    except RuntimeError:
        declarations = torch.library.Library("torchvision", "FRAGMENT")
        for name in ("nms", "qnms"):
            declarations.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        return declarations


_OPERATORS = declare_operators()  # before torchvision is imported, for which other modules come here

from torchvision.models import resnet18  # noqa: E402
from torchvision.transforms.v2 import CutMix  # noqa: E402

__all__ = ["CutMix", "ResNet18", "downsampling", "read_weights", "start_from"]
LARGE_PX = 200  # from this height and width on, means of 2 x 2 pixels lose nothing (tests/bench/LOG.md)
# Tiles no wider end in layers one pixel wide, where oneDNN (torch 2.13) reads bfloat16 gradients from memory that it has not set.
NARROW_PX = 16
LAYERS = tuple(f"layer{k}." for k in range(1, 5))  # how the names of all layers begin but the first and the last
PYTORCH = (".pth", ".pt", ".ckpt")  # ends of PyTorch's own files


class ResNet18(nn.Module):
    """ResNet-18 of He et al. (2016), BasicBlocks [2, 2, 2, 2], as torchvision builds it, with one input channel.

    Parameters
    ----------
    n_classes
        Number of classes C.
    downsampling
        Side of the squares of pixels that are averaged before the first layer; with 2 the network does a quarter of the work.

    References
    ----------
    He, K., Zhang, X., Ren, S., Sun, J. (2016): Deep residual learning for image recognition. CVPR, doi:10.1109/CVPR.2016.90.
    """

    def __init__(self, n_classes: int, downsampling: int = 1):
        super().__init__()
        self.downsampling = downsampling
        self.pool = nn.AvgPool2d(downsampling) if downsampling > 1 else nn.Identity()
        self.network = resnet18(num_classes=n_classes)
        stem = nn.Conv2d(1, 64, kernel_size=7, stride=2, padding=3, bias=False)
        nn.init.kaiming_normal_(stem.weight, mode="fan_out", nonlinearity="relu")
        self.network.conv1 = stem

    def forward(self, pixels: Tensor) -> Tensor:
        pixels = self.pool(pixels[:, None])  # (B, H, W) -> (B, 1, H / downsampling, W / downsampling)
        if not self.training or pixels.shape[-1] > NARROW_PX:
            return self.network(pixels)  # -> (B, C)
        with torch.autocast(pixels.device.type, enabled=False):
            return self.network(pixels)


def downsampling(setting: int | str, height_px: int, width_px: int) -> int:
    """Return the side of the squares of pixels to average in tiles of a size, as it is set or, of ``auto``, as suits the size."""
    if setting != "auto":
        return int(setting)
    return 2 if min(height_px, width_px) >= LARGE_PX else 1


def start_from(network: ResNet18, path: str | Path) -> None:
    """Put weights of a ResNet-18 from a file into `network`, all but those of the last layer.

    The file is safetensors, or PyTorch's own format (.pth, .pt, .ckpt), of which tensors alone are read, never code.

    A first layer of several channels (colour images, as in torchvision's own weights, or the bands of a satellite) is summed to one, as
    if a grey tile were shown in every channel. Names may begin with what wrapped the network: `network.`, `module.`, `backbone.`, …

    Raises
    ------
    ValueError
        No such file, of another format, not the weights of a ResNet-18 (a ResNet-34 holds all of its layers and more), or not finite.
    """
    given = read_weights(path)
    prefix = next((name.removesuffix("conv1.weight") for name in sorted(given, key=len) if name.endswith("conv1.weight")), "")
    given = {name.removeprefix(prefix): weights for name, weights in given.items()}
    own = network.network.state_dict()
    if "conv1.weight" in given and given["conv1.weight"].dim() == 4:
        given["conv1.weight"] = given["conv1.weight"].sum(dim=1, keepdim=True)
    deeper = next((name for name in given if name.startswith(LAYERS) and name not in own), None)
    if deeper is not None:
        raise ValueError(f"{path}: {deeper}, which no ResNet-18 has, expected its layers alone; name another file")
    for name, weights in own.items():
        if name.startswith("fc.") or (name not in given and name.endswith("num_batches_tracked")):
            continue
        if name not in given or given[name].shape != weights.shape:
            found = tuple(given[name].shape) if name in given else "nothing"
            raise ValueError(
                f"{path}: {found} for {name}, expected {tuple(weights.shape)}, the shape of a ResNet-18; name another file"
            )
        if not torch.isfinite(given[name]).all():
            raise ValueError(f"{path}: {name} is not finite, expected numbers; name another file")
        own[name] = given[name].to(weights.dtype)
    network.network.load_state_dict(own)


def read_weights(path: str | Path) -> dict[str, Tensor]:
    """Read weights by name from a safetensors file or one of PyTorch, in which they may lie under `state_dict`.

    Raises
    ------
    ValueError
        No such file, or it holds something else than weights.
    """
    try:
        if Path(path).suffix not in PYTORCH:
            return load_file(path)
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (SafetensorError, OSError, EOFError, RuntimeError, pickle.UnpicklingError) as error:
        known = f"expected a safetensors file or one of PyTorch ({', '.join(PYTORCH)}) with weights alone"
        raise ValueError(
            f"{path}: not readable ({str(error).splitlines()[0]}), {known}; check train_resnet18/start_weights"
        ) from None
    content = content.get("state_dict", content) if isinstance(content, dict) else {}
    return {name: weights for name, weights in content.items() if isinstance(weights, Tensor)}
