"""ResNet-18: torchvision's, with one channel, and weights to start from."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from geoclass.networks import resnet18

# isort: split
from torchvision.models import resnet18 as published
from torchvision.models import resnet34  # after ours, which makes one do that was built for another torch


def test_the_network_is_torchvisions_with_one_channel():
    network = resnet18.ResNet18(7)
    assert sum(p.numel() for p in network.parameters()) == 11_689_512 - 2 * 64 * 49 - 1000 * 513 + 7 * 513
    assert network(torch.rand(2, 24, 32)).shape == (2, 7)


def test_pooled_pixels_are_the_means_of_squares():
    torch.manual_seed(0)
    network, pooled = resnet18.ResNet18(3).eval(), resnet18.ResNet18(3, downsampling=2).eval()
    pooled.load_state_dict(network.state_dict())
    pixels = torch.rand(2, 25, 32)  # an odd row is left out
    means = pixels[:, :24].reshape(2, 12, 2, 16, 2).mean(dim=(2, 4))
    # means are summed in another order, and eighteen layers carry the last digit on
    torch.testing.assert_close(pooled(pixels), network(means), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("setting", "size", "side"),
    [
        ("auto", (200, 200), 2),
        ("auto", (201, 268), 2),
        ("auto", (199, 300), 1),
        ("auto", (60, 80), 1),
        (1, (201, 268), 1),
        (3, (60, 80), 3),
    ],
)
def test_large_tiles_are_averaged_unless_it_is_set(setting, size, side):
    assert resnet18.downsampling(setting, *size) == side


@pytest.mark.parametrize("downsampling", [1, 2])
def test_gradients_of_narrow_tiles_in_bfloat16_are_the_same_every_time(downsampling):
    torch.manual_seed(0)
    network = resnet18.ResNet18(3, downsampling).to(memory_format=torch.channels_last)
    pixels, found = torch.rand(8, 16 * downsampling, 16 * downsampling), []
    for _ in range(6):
        torch.full((5_000_000,), float("inf"))  # what is in memory that is given out next
        network.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            network(pixels).square().mean().backward()
        found.append(network.network.layer4[0].conv1.weight.grad.clone())
    assert all(torch.equal(found[0], other) for other in found)


@pytest.mark.parametrize("fits", [True, False])
def test_operators_are_declared_only_where_torchvision_does_not_load(fits):
    # A fresh process, in which the import of torchvision works or fails like that of a build for another torch.
    code = f"""
import sys, types
class Finder:
    tried = 0
    def find_spec(self, name, path=None, target=None):
        if name == "torchvision":
            Finder.tried += 1
            if Finder.tried == 1 and not {fits}:
                raise RuntimeError("operator torchvision::nms does not exist")
            if {fits}:
                sys.modules[name] = types.ModuleType(name)
                from importlib.machinery import ModuleSpec
                class Loader:
                    def create_module(self, spec): return sys.modules[name]
                    def exec_module(self, module): module.__path__ = []
                return ModuleSpec(name, Loader())
            models = types.ModuleType(name)
sys.meta_path.insert(0, Finder())
import torch
source = open({str(Path(resnet18.__file__))!r}).read().split("_OPERATORS =")[0]
space = {{}}
exec(source, space)
declared = space["declare_operators"]()
assert (declared is None) == {fits}
assert hasattr(torch.ops.torchvision, "nms") == (not {fits})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("prefix, channels", [("", 3), ("backbone.", 13), ("module.network.", 1)])
def test_weights_of_several_channels_see_a_grey_tile_in_each(tmp_path, prefix, channels):
    torch.manual_seed(0)
    whole = published(num_classes=1000)
    whole.conv1 = torch.nn.Conv2d(channels, 64, 7, 2, 3, bias=False)
    given = {name: weights for name, weights in whole.state_dict().items() if not name.endswith("num_batches_tracked")}
    save_file({f"{prefix}{name}": weights for name, weights in given.items()}, tmp_path / "start.safetensors")
    network = resnet18.ResNet18(3)
    last = network.network.fc.weight.clone()
    resnet18.start_from(network, tmp_path / "start.safetensors")
    tile = torch.rand(2, 1, 32, 32)
    torch.testing.assert_close(network.network.conv1(tile), whole.conv1(tile.expand(-1, channels, -1, -1)), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(network.network.layer4[1].conv2.weight, given["layer4.1.conv2.weight"])
    assert torch.equal(network.network.fc.weight, last)


@pytest.mark.parametrize("name", ["start.pth", "start.ckpt"])
def test_a_file_of_pytorch_can_be_started_from(tmp_path, name):
    given = {f"model.backbone.{key}": weights for key, weights in published().state_dict().items()}
    torch.save({"state_dict": given, "epoch": 3} if name == "start.ckpt" else given, tmp_path / name)
    network = resnet18.ResNet18(3)
    resnet18.start_from(network, tmp_path / name)
    torch.testing.assert_close(network.network.layer4[1].conv2.weight, given["model.backbone.layer4.1.conv2.weight"])


@pytest.mark.parametrize("content", [b"not weights", {"a": Path()}, [1, 2]])
def test_a_file_of_pytorch_with_anything_else_is_refused(tmp_path, content):
    path = tmp_path / "start.pth"
    path.write_bytes(content) if isinstance(content, bytes) else torch.save(content, path)
    with pytest.raises(ValueError, match=r"start\.pth: (not readable|nothing for conv1.weight)"):
        resnet18.start_from(resnet18.ResNet18(3), path)


def test_weights_of_this_workflow_can_be_started_from(tmp_path):
    given = resnet18.ResNet18(5)
    save_file(given.state_dict(), tmp_path / "start.safetensors")
    network = resnet18.ResNet18(3)
    resnet18.start_from(network, tmp_path / "start.safetensors")
    assert torch.equal(network.network.conv1.weight, given.network.conv1.weight)


@pytest.mark.parametrize(
    "content, sentence",
    [
        (None, "not readable .* check train_resnet18/start_weights"),
        (b"not weights", "not readable .*, expected a safetensors file or one of PyTorch"),
        ({"layers.0.weight": torch.zeros(2)}, "nothing for conv1.weight, expected \\(64, 1, 7, 7\\), the shape of a ResNet-18"),
    ],
)
def test_other_files_are_refused_in_one_sentence(tmp_path, content, sentence):
    path = tmp_path / "start.safetensors"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content:
        save_file(content, path)
    with pytest.raises(ValueError, match=sentence):
        resnet18.start_from(resnet18.ResNet18(3), path)


def spoiled(name, value):
    weights = {key: each.clone() for key, each in published().state_dict().items()}
    weights[name] = value(weights[name])
    return weights


@pytest.mark.parametrize(
    "make, sentence",
    [
        (
            lambda: resnet34().state_dict(),
            "layer1.2.conv1.weight, which no ResNet-18 has, expected its layers alone; name another",
        ),
        (lambda: spoiled("layer2.0.bn1.weight", lambda one: one.fill_(torch.nan)), "layer2.0.bn1.weight is not finite"),
        (lambda: spoiled("conv1.weight", lambda one: one[0, 0, 0, 0]), "() for conv1.weight, expected (64, 1, 7, 7)"),
    ],
)
def test_weights_that_would_spoil_a_training_are_refused(tmp_path, make, sentence):
    """A ResNet-34 has every layer of a ResNet-18, in the same shapes; those alone make no network that somebody has trained."""
    torch.save(make(), tmp_path / "start.pth")
    with pytest.raises(ValueError, match=re.escape(f"start.pth: {sentence}")):
        resnet18.start_from(resnet18.ResNet18(3), tmp_path / "start.pth")
