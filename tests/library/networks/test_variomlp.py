"""VarioMLP: sizes, hidden layers, dropout."""

import torch

from geoclass.networks.variomlp import VarioMLP, hidden_widths


def test_layers_have_the_sizes_asked_for():
    network = VarioMLP(n_features=12, n_classes=5, widths=[60, 24], dropout=0.2)
    assert [tuple(p.shape) for p in network.parameters()] == [(60, 12), (60,), (24, 60), (24,), (5, 24), (5,)]
    assert network(torch.zeros(3, 12)).shape == (3, 5)


def test_hidden_layers_are_multiples_or_widths():
    assert hidden_widths(["5x", "2x"], 99) == [495, 198]
    assert hidden_widths([256, "0.5x"], 99) == [256, 50]


def test_dropout_acts_in_training_only():
    network, features = VarioMLP(8, 3, [64], dropout=0.5), torch.rand(4, 8)
    assert not torch.equal(network(features), network(features))
    network.eval()
    assert torch.equal(network(features), network(features))


def test_a_tile_without_features_has_no_class_and_leaves_the_others_alone():
    network, features = VarioMLP(8, 3, [16]).eval(), torch.rand(3, 8)
    whole = network(features)
    features[1, 2] = torch.nan
    found = network(features)
    assert found[1].isnan().all()
    torch.testing.assert_close(found[::2], whole[::2])
