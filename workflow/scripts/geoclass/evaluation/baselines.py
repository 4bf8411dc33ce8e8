"""What a score is worth: predictions that see nothing, only the place, or the vario functions, by scikit-learn's plain classifiers."""

import warnings

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

TREES = 300
FLOOR = 1e-3  # least probability: a class without a vote is rare, not impossible


def majority() -> ClassifierMixin:
    """Return a classifier that gives every tile the most frequent class of the training tiles, with the classes' shares."""
    return DummyClassifier(strategy="prior")


def position(seed: int, threads: int = 1) -> ClassifierMixin:
    """Return a classifier for the place of a tile alone; it knows no more than `majority` of images without a place (NaN).

    It scores high where test tiles lie beside training tiles: then a network's score, too, is in part spatial leakage.
    """
    return RandomForestClassifier(TREES, random_state=seed, n_jobs=threads)


def forest(seed: int, threads: int = 1) -> ClassifierMixin:
    """Return a random forest, which takes feature vectors as they are, missing values included."""
    return RandomForestClassifier(TREES, class_weight="balanced", random_state=seed, n_jobs=threads)


def perceptron(seed: int) -> ClassifierMixin:
    """Return scikit-learn's perceptron with one hidden layer of 100 units and its other settings as they are, on standardised features."""
    network = MLPClassifier((100,), max_iter=500, random_state=seed)
    return make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler(), network)


def logits(
    classifier: ClassifierMixin, training: np.ndarray, labels: np.ndarray, asked: np.ndarray, n_classes: int
) -> np.ndarray:
    """Train a classifier and return the logarithms of its probabilities for other tiles.

    Parameters
    ----------
    classifier
        One of the above.
    training, labels
        What it sees of the training tiles, (n, P), and the index of their class, (n,).
    asked
        What it sees of the tiles to be predicted, (m, P).
    n_classes
        Number C of classes in the list; those without a training tile get the least probability.

    Returns
    -------
    numpy.ndarray
        (m, C); they can be calibrated like the outputs of a network.
    """
    probabilities, known = np.zeros((len(asked), n_classes)), np.unique(labels)
    if len(known) == 1:  # there is nothing to tell apart, and scikit-learn's perceptron would give two probabilities
        probabilities[:, known] = 1
        return np.log(np.maximum(probabilities, FLOOR))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the perceptron's plain settings end it before it stands still
        classifier.fit(training, labels)
        probabilities[:, classifier.classes_] = classifier.predict_proba(asked)
    return np.log(np.maximum(probabilities, FLOOR))


def all_logits(
    views: dict[str, np.ndarray], training: np.ndarray, labels: np.ndarray, n_classes: int, seed: int, threads: int = 1
) -> dict[str, np.ndarray]:
    """Return the logits of all baselines for all tiles but the training tiles, by the baseline's name.

    Parameters
    ----------
    views
        What is seen of each of N tiles: ``vectors`` (N, P) of features and ``places`` (N, 2), NaN where a tile has none.
    training
        Which tiles are trained on, (N,) booleans.
    labels
        Index of each tile's class, (N,).
    n_classes, seed, threads
        As above.
    """
    chosen = {
        "random_forest": (forest(seed, threads), views["vectors"]),
        "perceptron": (perceptron(seed), views["vectors"]),
        "position": (position(seed, threads), views["places"]),
        "majority": (majority(), views["places"]),
    }
    return {
        name: logits(classifier, view[training], labels[training], view[~training], n_classes)
        for name, (classifier, view) in chosen.items()
    }
