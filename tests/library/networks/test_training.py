"""The training loop: the same weights every time, resumed exactly, stopped in time, and never silent about numbers gone wrong."""

import json
import logging
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from geoclass.networks import devices, training, training_state

OPTIONS = training.Options(
    learning_rate=0.01,
    weight_decay=0.01,
    batch_size=8,
    epochs=8,
    patience=8,
    schedule="cosine",
    label_smoothing=0.0,
    balance="none",
    seed=1,
)
CPU = torch.device("cpu")


class Points:
    """Three clouds of points as examples; noise is drawn anew for every batch, as views of tiles are."""

    n_classes = 3

    def __init__(self, n=60, seed=0, counts=(1, 1, 1)):
        rng = np.random.default_rng(seed)
        self.labels = np.repeat(np.arange(3), np.array(counts) * n // sum(counts))
        centres = np.array([[0, 0], [2, 0], [0, 2]], np.float32)
        self.points = (centres[self.labels] + rng.normal(0, 0.5, (len(self.labels), 2))).astype(np.float32)
        self.shown = []

    def batch(self, chosen, rng=None):
        self.shown.append(chosen)
        noise = 0 if rng is None else rng.normal(0, 0.1, (len(chosen), 2))
        shares = torch.from_numpy(np.eye(3, dtype=np.float32)[self.labels[chosen]])
        return (torch.from_numpy((self.points[chosen] + noise).astype(np.float32)),), shares


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 3))


def run(folder, data="data"):
    return training_state.RunDirectory(folder / "model", CPU, torch.float32, data)


def fit(folder, options=OPTIONS, examples=None, start=None, data="data", **more):
    devices.reproducible(1)
    start = network() if start is None else start
    return training.fit(start, examples or Points(), Points(30, 1), options, run(folder, data), "points", **more)


def same(one, other):
    return all(torch.equal(one[name], other[name]) for name in one) and one.keys() == other.keys()


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    # Where other tests of this process have computed with more threads before, that shows in the last digits of the first training
    # after them, and of no other. A job sets its threads before it computes anything.
    fit(tmp_path_factory.mktemp("first"))
    return fit(tmp_path_factory.mktemp("reference"))


def test_it_learns(reference):
    assert reference.curves[-1]["validation_accuracy"] > 0.8 > reference.curves[0]["validation_accuracy"]
    assert [row["epoch"] for row in reference.curves] == list(range(9))


def test_the_same_seed_gives_the_same_weights_and_another_one_does_not(reference, tmp_path):
    assert same(fit(tmp_path / "again").last, reference.last)
    assert not same(fit(tmp_path / "other", replace(OPTIONS, seed=2)).last, reference.last)


@pytest.mark.parametrize("batches_before", [5, 9, 40])
def test_a_run_that_was_killed_ends_with_the_weights_of_one_that_was_not(reference, tmp_path, monkeypatch, batches_before):
    monkeypatch.setattr(training, "SAVE_EVERY_S", 0)
    examples = Points()
    whole = examples.batch

    def killed(chosen, rng=None):
        if len(examples.shown) == batches_before:
            raise KeyboardInterrupt
        return whole(chosen, rng)

    examples.batch = killed
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path, examples=examples)
    resumed = fit(tmp_path)
    assert same(resumed.last, reference.last) and same(resumed.best, reference.best)
    assert json.dumps(resumed.curves) == json.dumps(reference.curves) and resumed.kept == reference.kept


def test_a_finished_training_is_not_done_again(reference, tmp_path):
    fit(tmp_path)
    examples = Points()
    assert same(fit(tmp_path, examples=examples).last, reference.last)
    assert not examples.shown


@pytest.mark.parametrize("change", [{"data": "other"}, {"options": replace(OPTIONS, learning_rate=0.02)}])
def test_the_state_of_another_training_is_left_aside(tmp_path, change):
    fit(tmp_path, replace(OPTIONS, epochs=2))
    found = fit(tmp_path, **change)
    fresh = fit(tmp_path / "fresh", **change)
    assert same(found.last, fresh.last)


@pytest.mark.parametrize("spoil", ["cut", "foreign", "text"])
def test_a_state_that_is_cut_off_or_not_ours_is_left_aside(reference, tmp_path, spoil):
    path = run(tmp_path).state("points")
    fit(tmp_path, replace(OPTIONS, epochs=2))
    if spoil == "cut":
        path.write_bytes(path.read_bytes()[:-50])
    elif spoil == "foreign":
        save_file({"weight": torch.zeros(3)}, path)
    else:
        path.write_text("not a state")
    assert same(fit(tmp_path).last, reference.last)


def test_the_best_epoch_is_kept_and_so_is_the_last(reference):
    losses = [row["validation_loss"] for row in reference.curves]
    assert reference.kept == 1 + int(np.argmin(losses[1:])) and reference.best_row["validation_loss"] == min(losses[1:])
    assert not same(reference.last, reference.best) or reference.kept == len(losses) - 1


def test_training_stops_when_the_validation_loss_has_not_fallen_for_long_enough(tmp_path):
    far = replace(OPTIONS, learning_rate=0.5, schedule="constant", epochs=60, patience=3)
    found = fit(tmp_path, far)
    assert len(found.curves) < 61 and found.curves[-1]["epoch"] == found.kept + 3
    assert not same(found.best, found.last)
    start = network()
    fit(tmp_path / "again", far, start=start)
    assert same(training_state.weights(start), found.best) and not start.training  # the network ends as the best


def test_the_start_counts_where_it_is_already_trained(reference, tmp_path):
    trained = network()
    trained.load_state_dict(reference.best)
    spoiled = fit(tmp_path, replace(OPTIONS, learning_rate=5.0, schedule="constant", epochs=2), start=trained, start_counts=True)
    assert spoiled.kept == 0 and same(spoiled.best, reference.best)


def test_validation_is_in_evaluation_mode_and_teaches_nothing(tmp_path):
    start = network()
    before = training_state.weights(start)
    measured = training.predict(start.train(), Points(30, 1), 8)
    assert same(training_state.weights(start), before) and not start.training
    # Nor does the size of a batch matter, but for the order in which a processor sums: matrix products of 8 and of 30 rows take
    # other kernels where the processor has them, so that the last digits may differ.
    torch.testing.assert_close(measured, training.predict(start, Points(30, 1), 30), rtol=1e-5, atol=1e-5)


def test_every_tile_is_seen_once_an_epoch_in_an_order_of_its_own(tmp_path):
    examples = Points()
    fit(tmp_path, replace(OPTIONS, epochs=2), examples)
    first, second = np.split(np.concatenate(examples.shown), 2)
    assert sorted(first) == sorted(second) == list(range(60)) and list(first) != list(second)


def test_balanced_sampling_draws_rare_classes_as_often_as_others(tmp_path):
    examples = Points(1000, counts=(8, 1, 1))
    fit(tmp_path, replace(OPTIONS, epochs=2, balance="sampling"), examples)
    drawn = np.bincount(examples.labels[np.concatenate(examples.shown)])
    assert drawn.sum() == 2000 and (np.abs(drawn / 2000 - 1 / 3) < 0.06).all()


def test_weights_make_a_rare_class_count_as_much_as_a_frequent_one(tmp_path):
    examples = Points(400, counts=(18, 1, 1))
    recall = {}
    for balance in ("none", "root", "weights"):
        start = nn.Linear(2, 3)
        devices.seed(1)
        nn.init.zeros_(start.weight)
        fit(tmp_path / balance, replace(OPTIONS, epochs=4, balance=balance), examples, start)
        rare = Points(90, 2)
        found = training.predict(start, rare, 64).argmax(1).numpy()
        recall[balance] = (found == rare.labels)[rare.labels > 0].mean()
    assert recall["weights"] >= recall["root"] > recall["none"]
    assert recall["weights"] > recall["none"] + 0.2


def test_weights_of_classes_do_not_weight_the_smoothed_share_of_labels():
    logits, alike = torch.randn(6, 3, generator=torch.Generator().manual_seed(1)), torch.zeros(6, dtype=torch.long)
    shares = torch.eye(3)
    expected = torch.nn.functional.cross_entropy(logits, alike, label_smoothing=0.1)
    torch.testing.assert_close(training.loss_of(logits, shares[alike], torch.tensor([0.5, 1.0, 200.0]), 0.1), expected)
    labels, weights = torch.arange(6) % 3, torch.tensor([1.0, 2.0, 3.0])
    expected = torch.nn.functional.cross_entropy(logits, labels, weights)
    torch.testing.assert_close(training.loss_of(logits, shares[labels], weights), expected)


def test_a_tile_of_two_classes_counts_for_both_by_their_shares():
    logits, weights = torch.randn(1, 3, generator=torch.Generator().manual_seed(2)), torch.tensor([1.0, 4.0, 1.0])
    first, second = (torch.nn.functional.cross_entropy(logits, torch.tensor([c]), label_smoothing=0.1) for c in (0, 1))
    shares = torch.tensor([[0.75, 0.25, 0.0]])
    torch.testing.assert_close(training.loss_of(logits, shares, weights, 0.1), (0.75 * first + 4 * 0.25 * second) / 1.75)


def test_a_loss_that_is_not_finite_ends_training_in_one_sentence(tmp_path):
    examples = Points()
    examples.points[7] = np.nan
    with pytest.raises(ValueError, match=r"points, epoch 1, batch \d: loss nan and gradient nan, expected finite numbers; lower"):
        fit(tmp_path, examples=examples)
    assert not run(tmp_path).state("points").exists()


def test_a_device_that_is_seldom_asked_still_ends_the_training_before_any_state_is_kept(tmp_path, monkeypatch):
    monkeypatch.setitem(training.ASK_EVERY, "cpu", 50)
    monkeypatch.setattr(training, "SAVE_EVERY_S", 0.0)
    examples = Points()
    examples.points[7] = np.nan
    with pytest.raises(ValueError, match=r"points, epoch 1, batch 8: loss nan and gradient nan, expected finite numbers"):
        fit(tmp_path, examples=examples)
    assert not run(tmp_path).state("points").exists()


def test_long_gradients_are_cut():
    parameter = nn.Parameter(torch.zeros(3))
    optimizer = torch.optim.SGD([parameter], lr=1.0)
    assert training.learn((parameter * 1000).sum(), [parameter], optimizer) == pytest.approx(1000 * 3**0.5)
    assert parameter.norm().item() == pytest.approx(training.MAX_NORM, rel=1e-4)


class Pictures:
    """Two kinds of small pictures."""

    labels, n_classes = np.repeat([0, 1], 8), 2

    def batch(self, chosen, rng=None):
        pixels = torch.rand(16, 16, 16, generator=torch.Generator().manual_seed(3)) + torch.tensor(self.labels)[:, None, None]
        return (pixels[chosen],), training.one_hot(self.labels[chosen], 2, CPU)


def test_convolutions_learn_what_a_plain_optimiser_would_teach(tmp_path, monkeypatch):
    """A fused step pairs weights and gradients by their place in memory, which channels last has to leave alone."""

    def learned(folder):
        torch.manual_seed(5)
        convolutions = nn.Conv2d(1, 8, 3, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 4, 3, stride=2)
        start = nn.Sequential(nn.Unflatten(1, (1, 16)), *convolutions, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
        return training.fit(start, Pictures(), None, replace(OPTIONS, epochs=2), run(folder), "pictures").last

    devices.reproducible(1)
    fused = learned(tmp_path / "fused")
    plain = torch.optim.AdamW
    monkeypatch.setattr(torch.optim, "AdamW", lambda *given, fused, **more: plain(*given, **more))
    for name, value in learned(tmp_path / "plain").items():
        torch.testing.assert_close(fused[name], value, rtol=1e-3, atol=1e-5)


def test_without_weight_decay_the_optimiser_is_that_of_the_paper(tmp_path, monkeypatch):
    options = replace(OPTIONS, weight_decay=0)
    found = fit(tmp_path / "adamw", options)
    monkeypatch.setattr(torch.optim, "AdamW", torch.optim.Adam)
    assert same(fit(tmp_path / "adam", options).last, found.last)


def test_the_rate_rises_then_falls_as_a_cosine_or_stays():
    factors = [training.schedule_factor("cosine", p) for p in (0, 0.025, 0.05, 0.525, 1)]
    assert factors == pytest.approx([0.01, 0.5, 1, 0.5, 0])
    assert training.schedule_factor("constant", 0.9) == 1


def test_progress_tells_rate_and_remaining_time(tmp_path, caplog):
    with caplog.at_level(logging.INFO, "geoclass"):
        fit(tmp_path, replace(OPTIONS, epochs=1))
    assert any("epoch 1 of 1, loss" in text and "tiles/s, at most 0 s remain" in text for text in caplog.messages)


def test_bfloat16_learns_and_leaves_weights_in_float32(tmp_path):
    mixed = training_state.RunDirectory(tmp_path / "model", CPU, torch.bfloat16, "data")
    devices.reproducible(1)
    found = training.fit(network(), Points(), Points(30, 1), OPTIONS, mixed, "points")
    assert found.curves[-1]["validation_accuracy"] > 0.8
    assert {value.dtype for value in found.last.values()} <= {torch.float32, torch.int64}


def test_the_state_holds_tensors_and_text_alone(tmp_path):
    fit(tmp_path, replace(OPTIONS, epochs=1))
    found = load_file(run(tmp_path).state("points"))
    assert {name.split(" ")[0] for name in found} == {"network", "best", "optimizer"}
    run(tmp_path).clear()
    assert not run(tmp_path).state().exists()


def fixed(folder, **changes):
    options = replace(OPTIONS, **changes)
    return training.fit(network(), Points(), None, options, run(folder), "points")


def test_without_validation_all_epochs_are_trained_and_the_last_weights_averaged(tmp_path):
    devices.reproducible(1)
    found = fixed(tmp_path)
    assert [row["epoch"] for row in found.curves] == list(range(9)) and found.kept == 8
    assert np.isnan([row["validation_loss"] for row in found.curves]).all()
    assert found.curves[-1]["training_accuracy"] > 0.8
    # The mean of the last two of eight epochs: those weights, and the running means of batch normalisation with them.
    one = fixed(tmp_path / "again")
    before = {}

    def keep(self, module):
        for name, value in module.state_dict().items():
            before.setdefault(name, []).append(value.clone())

    with pytest.MonkeyPatch.context() as patch:
        update = training.AveragedModel.update_parameters
        patch.setattr(
            training.AveragedModel, "update_parameters", lambda self, module: (keep(self, module), update(self, module))
        )
        fixed(tmp_path / "watched")
    for name, values in before.items():
        assert len(values) == 2
        torch.testing.assert_close(one.best[name], torch.stack(values).float().mean(0).to(values[0].dtype), rtol=1e-5, atol=1e-6)
        assert torch.equal(one.last[name], values[-1])
    assert same(found.best, one.best)


def test_few_tiles_are_trained_for_the_least_number_of_steps(tmp_path):
    found = fixed(tmp_path, minimum_steps=100)  # 8 batches an epoch
    assert found.curves[-1]["epoch"] == 13


@pytest.mark.parametrize("killed_in", [3, 8])
def test_a_killed_training_without_validation_continues_to_the_same_average(tmp_path, monkeypatch, killed_in):
    devices.reproducible(1)
    expected = fixed(tmp_path / "whole")
    monkeypatch.setattr(training, "SAVE_EVERY_S", 0.0)
    learn, steps = training.learn, []

    def killed(*arguments):
        steps.append(1)
        if len(steps) > 8 * killed_in - 4:
            raise KeyboardInterrupt
        return learn(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(training, "learn", killed)
        with pytest.raises(KeyboardInterrupt):
            fixed(tmp_path)
    found = fixed(tmp_path)
    assert same(found.best, expected.best) and same(found.last, expected.last)


@pytest.mark.parametrize("n, size, steps", [(7, 2, 3), (60, 8, 8), (5, 64, 1), (9, 1, 4)])
def test_no_batch_has_a_single_tile(n, size, steps):
    assert replace(OPTIONS, batch_size=size).steps(n) == steps
    assert min(len(part) for part in np.array_split(np.arange(n), steps)) > 1


def test_a_class_that_no_training_tile_has_does_not_spoil_the_loss(tmp_path):
    class Lacking(Points):
        n_classes = 4

        def batch(self, chosen, rng=None):
            inputs, shares = super().batch(chosen, rng)
            return inputs, torch.nn.functional.pad(shares, (0, 1))

    start = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 4))
    found = training.fit(start, Lacking(), None, replace(OPTIONS, balance="root"), run(tmp_path), "points")
    assert np.isfinite([row["training_loss"] for row in found.curves[1:]]).all()
