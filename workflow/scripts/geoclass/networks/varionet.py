"""VarioNet, the fusion of the two networks: their logits, weighted tile by tile, through residual blocks."""

from itertools import pairwise

import torch
from torch import Tensor, nn

WEIGHTS = ("discrete", "cnn", "symmetric")


class Block(nn.Module):
    """Residual block, ``f <- ReLU(W2 ReLU(W1 f + b1) + b2 + Ws f + bs)``: (B, before) -> (B, width)."""

    def __init__(self, before: int, width: int):
        super().__init__()
        self.first, self.second, self.short = nn.Linear(before, width), nn.Linear(width, width), nn.Linear(before, width)

    def forward(self, f: Tensor) -> Tensor:
        return (self.second(self.first(f).relu()) + self.short(f)).relu()


class Fusion(nn.Module):
    r"""The part of VarioNet behind the two networks, ``f = α z_v + β z_r``, n residual blocks, a last layer.

    Without a block f itself, the weighted mean of the logits, is the result.

    Parameters
    ----------
    n_classes
        Number of classes C.
    weights
        How α + β = 1 are found. ``discrete``: given. ``cnn`` (Eq. 6): β = max σ(z_r). ``symmetric`` (Eq. 7):
        β = ½ [max σ(z_r) + 1 - max σ(z_v)]. The last two are found for each tile by itself.
    variomlp_weight
        α of ``discrete``.
    blocks
        Number n of residual blocks; 0 for none, and no last layer.
    scale
        Block k is `scale` times k units wide, k = 1 ... n.

    References
    ----------
    Twickler, S., Herzfeld, U. C., Trantow, T. (2025): GEOCLASS-image. Front. Earth Sci. 13:1572982, Eqs 6 and 7.
    """

    def __init__(
        self, n_classes: int, weights: str = "symmetric", variomlp_weight: float = 0.5, blocks: int = 1, scale: int = 64
    ):
        super().__init__()
        if weights not in WEIGHTS:
            raise ValueError(f"fusion weights {weights!r}, expected {', '.join(WEIGHTS)}")
        self.weights, self.variomlp_weight = weights, variomlp_weight
        widths = [n_classes, *(scale * k for k in range(1, blocks + 1))]
        layers = [Block(before, width) for before, width in pairwise(widths)]
        self.behind = nn.Sequential(*layers, *([nn.Linear(widths[-1], n_classes)] if blocks else []))

    def resnet18_weight(self, z_v: Tensor, z_r: Tensor) -> Tensor:
        """Return β of each tile, (B, 1)."""
        if self.weights == "discrete":
            return torch.full_like(z_r[:, :1], 1 - self.variomlp_weight)
        beta = z_r.softmax(1).amax(1, keepdim=True)
        if self.weights == "symmetric":
            beta = (beta + 1 - z_v.softmax(1).amax(1, keepdim=True)) / 2
        return beta

    def weighted(self, z_v: Tensor, z_r: Tensor) -> tuple[Tensor, Tensor]:
        """Return f, (B, C), and β, (B, 1)."""
        z_v, z_r = z_v.float(), z_r.float()  # weights that sum to 1 need more digits than the networks
        beta = self.resnet18_weight(z_v, z_r)
        return (1 - beta) * z_v + beta * z_r, beta

    def forward(self, z_v: Tensor, z_r: Tensor) -> Tensor:
        with torch.autocast(z_v.device.type, enabled=False):  # a small part, and in float32 whatever the networks compute in
            return self.behind(self.weighted(z_v, z_r)[0])  # (B, C) -> (B, scale) -> ... -> (B, C)


class VarioNet(nn.Module):
    """Two trained networks and their fusion."""

    def __init__(self, variomlp: nn.Module, resnet18: nn.Module, fusion: Fusion):
        super().__init__()
        self.variomlp, self.resnet18, self.fusion = variomlp, resnet18, fusion

    def forward(self, features: Tensor, pixels: Tensor) -> Tensor:
        return self.fusion(self.variomlp(features), self.resnet18(pixels))  # (B, F), (B, H, W) -> (B, C)
