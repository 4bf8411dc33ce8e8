"""VarioNet: Eqs 6 and 7 tile by tile, and the blocks."""

import pytest
import torch

from geoclass.networks.varionet import WEIGHTS, Fusion, VarioNet


@pytest.fixture
def logits():
    torch.manual_seed(0)
    return 3 * torch.randn(6, 4), 3 * torch.randn(6, 4)


def test_weights_of_equations_6_and_7_by_hand():
    z_v, z_r = torch.tensor([[0.0, 0.0]]), torch.log(torch.tensor([[0.9, 0.1]]))
    assert Fusion(2, "cnn").resnet18_weight(z_v, z_r).item() == pytest.approx(0.9)
    assert Fusion(2, "symmetric").resnet18_weight(z_v, z_r).item() == pytest.approx((0.9 + 1 - 0.5) / 2)
    assert Fusion(2, "discrete", 0.45).resnet18_weight(z_v, z_r).item() == pytest.approx(0.55)


@pytest.mark.parametrize("weights", WEIGHTS)
def test_a_tile_does_not_depend_on_its_batch(logits, weights):
    network = Fusion(4, weights)
    together = network(*logits)
    for k in range(6):
        # to the last digits only: a processor may sum a matrix product of one row in another order than that of six
        torch.testing.assert_close(network(logits[0][k : k + 1], logits[1][k : k + 1]), together[k : k + 1], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("blocks", [1, 3, 5])
def test_blocks_have_the_width_asked_for_and_follow_the_formula(logits, blocks):
    network = Fusion(4, "discrete", 0.5, blocks=blocks, scale=8)
    *residual, last = network.behind
    assert [tuple(block.second.weight.shape) for block in residual] == [(8 * k, 8 * k) for k in range(1, blocks + 1)]
    assert last.weight.shape == (4, 8 * blocks)
    f = (logits[0] + logits[1]) / 2
    for block in residual:
        inner = torch.relu(f @ block.first.weight.T + block.first.bias)
        f = torch.relu(inner @ block.second.weight.T + block.second.bias + f @ block.short.weight.T + block.short.bias)
    torch.testing.assert_close(network(*logits), f @ last.weight.T + last.bias)


def test_all_parts_learn_unless_they_are_frozen(logits):
    parts = torch.nn.Linear(5, 4), torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 4))
    network = VarioNet(*parts, Fusion(4))
    network(torch.rand(2, 5), torch.rand(2, 3, 4)).sum().backward()
    assert all(p.grad is not None for p in network.parameters())


def test_unknown_weights_are_refused():
    with pytest.raises(ValueError, match="weights 'even', expected discrete, cnn, symmetric"):
        Fusion(4, "even")


def test_without_a_block_the_weighted_mean_is_the_result(logits):
    mean = Fusion(4, "discrete", 0.25, blocks=0)
    torch.testing.assert_close(mean(*logits), 0.25 * logits[0] + 0.75 * logits[1])
    alone = Fusion(4, "discrete", 1.0, blocks=0)
    assert torch.equal(alone(*logits), logits[0]) and not list(alone.parameters())


@pytest.mark.parametrize("blocks", [0, 1])
def test_the_fusion_computes_in_float32_whatever_the_networks_do(blocks):
    network, z = Fusion(4, "symmetric", blocks=blocks), torch.randn(6, 4)
    with torch.autocast("cpu", torch.bfloat16):
        found = network(z.bfloat16(), z.bfloat16())
    assert found.dtype == torch.float32
    assert torch.equal(found, network(z.bfloat16(), z.bfloat16()))
