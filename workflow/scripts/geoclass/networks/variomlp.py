"""VarioMLP, the physically driven network: vario functions of a tile in, one logit a class out."""

from torch import Tensor, nn


class VarioMLP(nn.Module):
    """A perceptron of fully connected layers.

    Parameters
    ----------
    n_features
        Length F of the feature vector, directions times lags.
    n_classes
        Number of classes C.
    widths
        Units of the hidden layers.
    dropout
        Share of hidden units left out in training.
    """

    def __init__(self, n_features: int, n_classes: int, widths: list[int], dropout: float = 0.0):
        super().__init__()
        layers: list[nn.Module] = []
        for before, width in zip([n_features, *widths], widths, strict=False):
            layers += [nn.Linear(before, width), nn.LeakyReLU(0.01), nn.Dropout(dropout)]
        self.layers = nn.Sequential(*layers, nn.Linear(widths[-1], n_classes))

    def forward(self, features: Tensor) -> Tensor:
        return self.layers(features)  # (B, F) -> (B, C)


def hidden_widths(hidden: list[int | str], n_features: int) -> list[int]:
    """Return the units of the hidden layers: whole numbers as they are, ``5x`` as five times the length of the feature vector."""
    return [max(1, round(float(h[:-1]) * n_features)) if isinstance(h, str) else h for h in hidden]
