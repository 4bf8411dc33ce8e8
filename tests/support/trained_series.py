"""The training scripts called with small settings, on the tables of `labelled_series`."""

from networks.cross_fit_resnet18 import cross_fit_resnet18
from networks.cross_fit_variomlp import cross_fit_variomlp
from networks.train_resnet18 import train_resnet18
from networks.train_variomlp import train_variomlp
from networks.train_varionet import train_varionet

COMMON = {
    "augmentation": ["mirror", "brightness"],
    "learning_rate": 0.003,
    "weight_decay": 0.01,
    "schedule": "cosine",
    "label_smoothing": 0.05,
    "balance": "weights",
    "batch_size": 8,
    "epochs": 4,
    "patience": 50,
    "device": "cpu",
    "seed": 1,
}
VARIOMLP = COMMON | {"directions": 4, "normalisation": "log", "hidden": ["5x", "2x"], "dropout": 0.1, "epochs": 40}
RESNET18 = COMMON | {"start_weights": None, "downsampling": "auto", "precision": "float32", "learning_rate": 0.001}
RESNET18 |= {"augmentation": ["mirror", "brightness", "tone", "cutmix"]}
FUSION = {"weights": "symmetric", "blocks": 1, "scale": 8, "precision": "float32"}
NONE = {"variomlp": [], "resnet18": []}  # no folds
VARIONET = COMMON | FUSION | {"epochs": 20, "fine_epochs": 1, "fine_learning_rate": 1e-5}


def variomlp(series, folder, folds=(), **changes):
    """Train a VarioMLP; return its folder."""
    settings = VARIOMLP | changes
    train_variomlp(series.labels, series.split, series.tiles, series.vario, folds, settings, 1, folder)
    return folder


def resnet18(series, folder, start="", folds=(), **changes):
    """Train a ResNet-18; return its folder."""
    train_resnet18(series.labels, series.split, series.tiles, folds, start, RESNET18 | changes, 1, folder)
    return folder


def varionet(series, folder, models, folds=None, **changes):
    """Train a VarioNet of the two networks in `models`; return its folder."""
    given = (series.labels, series.split, series.tiles, series.vario)
    train_varionet(*given, models / "variomlp", models / "resnet18", folds or NONE, VARIONET | changes, 1, folder)
    return folder


def folds(series, folder, n_folds=2):
    """Train both networks without each fold; return the tables by kind."""
    found = {model: [str(folder / model / f"{fold}.parquet") for fold in range(n_folds)] for model in NONE}
    given = (series.labels, series.split, series.tiles)
    for fold in range(n_folds):
        cross_fit_variomlp(*given, series.vario, fold, VARIOMLP, 1, found["variomlp"][fold])
        cross_fit_resnet18(*given, "", fold, RESNET18, 1, found["resnet18"][fold])
    return found


def train(series, folder):
    """Train all three."""
    variomlp(series, folder / "variomlp")
    resnet18(series, folder / "resnet18")
    varionet(series, folder / "varionet", folder)
