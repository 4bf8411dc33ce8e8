"""VarioNet out of held-out logits: better than both networks where they know different things, and never worse than the better one."""

import numpy as np
import pytest
import torch

from geoclass.confidence import calibration
from geoclass.evaluation import scores
from geoclass.networks import devices, stacking
from geoclass.networks.varionet import Fusion

SETTINGS = {"weights": "best", "balance": "root", "label_smoothing": 0.1}
SETTINGS |= {"weight_decay": 0.01, "seed": 1}
N, C = 160, 4
FOLDS, BLOCKS = np.arange(N) % 4, np.arange(N) % 20
WITHHELD = np.eye(4, dtype=bool)[FOLDS]


def said(labels, rng, signal, noise=1.0):
    """Return logits that tell classes apart by `signal`, one value a class or one for all."""
    return (np.eye(C)[labels] * np.broadcast_to(signal, C) + rng.normal(0, noise, (N, C))).astype(np.float32)


@pytest.fixture(autouse=True)
def one_thread():
    devices.reproducible(1)


def test_the_fusion_takes_one_thread_whatever_a_job_has(monkeypatch):
    seen, learn = [], stacking._descend
    monkeypatch.setattr(stacking, "_descend", lambda *given: seen.append(torch.get_num_threads()) or learn(*given))
    monkeypatch.setattr(stacking, "STEPS", 2)
    labels = np.arange(N) % C
    devices.reproducible(2)
    stacking.stack(*said_twice(labels), labels, FOLDS, WITHHELD, BLOCKS, SETTINGS)
    assert set(seen) == {1} and torch.get_num_threads() == 2


def said_twice(labels):
    rng = np.random.default_rng(5)
    return said(labels, rng, 2.0), said(labels, rng, 2.0)


def accuracy(logits, labels):
    return (logits.argmax(1) == labels).mean()


def test_two_networks_with_errors_of_their_own_are_fused():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, C, N)
    z_v, z_r = said(labels, rng, 2.0), said(labels, rng, 2.0)
    found = stacking.stack(z_v, z_r, labels, FOLDS, WITHHELD, BLOCKS, SETTINGS)
    assert accuracy(found.logits, labels) > max(accuracy(z_v, labels), accuracy(z_r, labels)) + 0.05
    assert len(found.table) == 26 and found.table["loss"].between(0, 2).all()
    beta = found.resnet18_weight[(found.resnet18_weight > 0) & (found.resnet18_weight < 1)]
    assert len(beta) == N


def test_where_one_network_knows_nothing_varionet_becomes_the_other(caplog):
    caplog.set_level("INFO", "geoclass")
    rng = np.random.default_rng(1)
    labels = rng.integers(0, C, N)
    z_v, z_r = said(labels, rng, 3.0), said(labels, rng, 0.0, 3.0)
    found = stacking.stack(z_v, z_r, labels, FOLDS, WITHHELD, BLOCKS, SETTINGS)
    assert found.fusion["blocks"] == 0 and found.fusion["variomlp_weight"] == 1 and not found.weights
    assert "no fusion is clearly better than variomlp: VarioNet becomes that network" in caplog.text
    assert np.array_equal(found.logits, z_v) and (found.resnet18_weight == 0).all()


@pytest.mark.parametrize("seed", range(2))
def test_it_is_not_worse_than_the_better_network(seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, C, N)
    z_v, z_r = said(labels, rng, 1.0 + seed), said(labels, rng, 2.0)
    found = stacking.stack(z_v, z_r, labels, FOLDS, WITHHELD, BLOCKS, SETTINGS)
    assert accuracy(found.logits, labels) > max(accuracy(z_v, labels), accuracy(z_r, labels)) - 0.02


def losses_of(levels):
    """Return losses (candidates, tiles) of given means, which vary from tile to tile, the same for all but for a difference."""
    rng = np.random.default_rng(4)
    return 1 + rng.normal(0, 0.1, N) + np.asarray(levels)[:, None] + rng.normal(0, 0.2, (len(levels), N))


@pytest.mark.parametrize(("ahead", "chosen"), [(0.5, 20), (0.0, 5)])
def test_a_block_has_to_pay(ahead, chosen):
    level = np.where(np.arange(26) == 5, -0.5, 0.0)
    level[20] = -0.5 - ahead
    losses = losses_of(level)
    losses[20] -= losses[20].mean() - losses[5].mean() + ahead + 0.001  # in any case a little ahead
    assert stacking._choose(losses, np.full(26, 0.5), BLOCKS) == chosen


def test_a_fusion_that_names_more_tiles_wrongly_is_not_taken():
    losses = losses_of(np.where(np.arange(26) == 5, -0.5, 0.0))
    f1 = np.where(np.arange(26) == stacking.SINGLE["resnet18"], 0.6, 0.5)
    assert stacking._choose(losses, f1, BLOCKS) == stacking.SINGLE["resnet18"]
    f1[5] = 0.6
    assert stacking._choose(losses, f1, BLOCKS) == 5


def test_what_is_said_of_a_fold_does_not_depend_on_its_labels():
    rng = np.random.default_rng(2)
    labels = rng.integers(0, C, N)
    z_v, z_r = said(labels, rng, 2.0), said(labels, rng, 2.0)
    others = labels.copy()
    others[FOLDS == 1] = rng.permutation(others[FOLDS == 1])
    settings = SETTINGS | {"weights": "symmetric"}
    one, other = (stacking.stack(z_v, z_r, given, FOLDS, WITHHELD, BLOCKS, settings) for given in (labels, others))
    assert np.array_equal(one.logits[FOLDS == 1], other.logits[FOLDS == 1])
    assert not np.array_equal(one.logits[FOLDS == 0], other.logits[FOLDS == 0])


def test_a_fusion_does_not_remember_tiles_that_overlap_those_held_out():
    """Networks that know nothing, but say nearly the same of two tiles that share pixels, each in another fold."""
    rng = np.random.default_rng(0)
    labels = np.tile(rng.integers(0, C, N // 2), 2)
    folds = np.concatenate([np.arange(N // 2) % 4, (np.arange(N // 2) + 1) % 4])
    z_v, z_r = (np.tile(rng.normal(0, 1.5, (N // 2, C)), (2, 1)).astype(np.float32) for _ in range(2))
    own = np.eye(4, dtype=bool)[folds]
    withheld = own | np.roll(own, N // 2, axis=0)
    found = stacking.stack(z_v, z_r, labels, folds, withheld, BLOCKS, SETTINGS | {"weights": "symmetric"})
    assert accuracy(found.logits, labels) < 0.4  # 0.98 with those, chance is 0.25


def test_a_fold_that_all_others_overlap_learns_no_fusion(monkeypatch):
    monkeypatch.setattr(stacking, "STEPS", 2)
    labels = np.arange(N) % C
    z_v, z_r = said_twice(labels)
    found = stacking.stack(z_v, z_r, labels, FOLDS, WITHHELD | (np.arange(4) == 2), BLOCKS, SETTINGS)
    assert np.array_equal(found.logits[FOLDS == 2], z_r[FOLDS == 2])


def test_the_fusion_of_a_fold_is_chosen_by_the_other_folds_alone(monkeypatch):
    shown, labels = [], np.arange(N) % C
    monkeypatch.setattr(stacking, "STEPS", 2)
    monkeypatch.setattr(stacking, "_choose", lambda losses, macro_f1, blocks: shown.append(blocks) or 0)
    stacking.stack(*said_twice(labels), labels, FOLDS, WITHHELD, np.arange(N), SETTINGS)  # a block is a tile
    for fold in range(4):
        np.testing.assert_array_equal(shown[fold], np.flatnonzero(FOLDS != fold))
    np.testing.assert_array_equal(shown[4], np.arange(N))


def test_the_losses_of_a_fold_are_calibrated_by_the_other_folds_alone():
    rng = np.random.default_rng(0)
    labels = np.arange(N) % C
    logits = said(labels, rng, 3.0) * np.where(FOLDS == 1, 5, 1)[:, None]  # too sure in one fold
    found, own = stacking._calibrated_losses(logits, labels, FOLDS), FOLDS == 1
    temperature = calibration.fit_temperature(logits[~own], labels[~own])
    np.testing.assert_allclose(found[own], calibration.losses(logits[own] / temperature, labels[own]))
    assert abs(calibration.fit_temperature(logits, labels) - temperature) > 0.01


@pytest.mark.parametrize(("better", "errors", "taken"), [(5, 0.5, False), (5, 1.5, True), (20, 1.5, False), (20, 2.5, True)])
def test_a_fusion_is_ahead_by_one_standard_error_and_one_with_a_block_by_two(better, errors, taken):
    losses, gain = np.full((26, N), 3.0), np.random.default_rng(6).normal(0, 0.1, N)
    gain += errors * calibration.standard_error(gain, BLOCKS) - gain.mean()
    losses[stacking.SINGLE["resnet18"]] = 1.0
    losses[better] = 1.0 - gain
    assert (stacking._choose(losses, np.full(26, 0.5), BLOCKS) == better) is taken


def test_weights_that_are_set_are_taken_with_a_block_that_the_state_fits():
    rng = np.random.default_rng(3)
    labels = rng.integers(0, C, N)
    z_v, z_r = said(labels, rng, 2.0), said(labels, rng, 2.0)
    found = stacking.stack(z_v, z_r, labels, FOLDS, WITHHELD, BLOCKS, SETTINGS | {"weights": 0.3})
    assert found.fusion["weights"] == "discrete" and found.fusion["variomlp_weight"] == 0.3 and found.fusion["blocks"] == 1
    network = Fusion(**found.fusion)
    network.load_state_dict(found.weights)
    with torch.inference_mode():
        assert accuracy(network(torch.from_numpy(z_v), torch.from_numpy(z_r)).numpy(), labels) > 0.7


def test_macro_f1_is_that_of_the_scores_where_a_class_is_said_that_no_tile_held_out_has():
    """Of a class whose labels are all by a model no tile is held out."""
    labels, predicted = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 0, 1, 3, 2, 3])
    found = stacking._macro_f1(np.stack([predicted, labels]), labels)
    p = np.eye(C)[predicted]
    assert found == pytest.approx([scores.measure(labels, p, p)[scores.OVERALL.index("macro_f1")], 1])
