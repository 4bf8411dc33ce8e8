"""Weights that torchvision publishes: fetched or brought, checked, and in the form that trainings start from."""

import hashlib
import http.server
import re
import threading

import pytest
import torch
from networks.fetch_weights import LICENCE, SHA256, SOURCE, fetch_weights
from safetensors import safe_open
from torchvision.models import ResNet18_Weights
from torchvision.models import resnet18 as published

from geoclass.networks import resnet18


@pytest.fixture
def source(tmp_path):
    """Return the address of a file like the published one, and its SHA-256."""
    torch.manual_seed(1)
    (tmp_path / "there").mkdir()
    path = tmp_path / "there" / "resnet18.pth"
    torch.save(published(num_classes=1000).state_dict(), path)
    return path.as_uri(), hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_address_is_that_of_torchvision():
    assert ResNet18_Weights.IMAGENET1K_V1.url == SOURCE and SHA256[:8] in SOURCE


@pytest.mark.parametrize("way", ["fetched", "brought"])
def test_weights_are_checked_and_can_be_started_from(tmp_path, source, way):
    address, digest = source
    given = torch.load(tmp_path / "there" / "resnet18.pth", weights_only=True)
    if way == "brought":
        (tmp_path / "there" / "resnet18.pth").rename(tmp_path / "resnet18.pth")
    weights = tmp_path / "imagenet.safetensors"
    fetch_weights(address, digest, str(weights))
    with safe_open(weights, "pt") as file:
        assert file.metadata() == {"source": address, "sha256": digest, "licence": LICENCE}
    network = resnet18.ResNet18(3)
    resnet18.start_from(network, weights)
    torch.testing.assert_close(network.network.conv1.weight, given["conv1.weight"].sum(dim=1, keepdim=True))
    torch.testing.assert_close(network.network.layer4[1].conv2.weight, given["layer4.1.conv2.weight"])
    left = {path.name for path in tmp_path.iterdir()} - {"there"}
    assert left == {"imagenet.safetensors"} | ({"resnet18.pth"} if way == "brought" else set())


def test_a_machine_without_network_says_which_file_to_bring(tmp_path, source):
    address = source[0].replace("resnet18.pth", "elsewhere.pth")
    told = f"{address}: not fetched (.+), expected an answer; bring the file to {re.escape(str(tmp_path))}/elsewhere.pth and run again"
    with pytest.raises(ValueError, match=told):
        fetch_weights(address, source[1], str(tmp_path / "imagenet.safetensors"))
    assert {path.name for path in tmp_path.iterdir()} == {"there"}


def test_a_connection_that_breaks_off_says_which_file_to_bring(tmp_path):
    class Cut(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"cut off")

        def log_message(self, *said):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Cut) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/resnet18.pth"
        with pytest.raises(ValueError, match=r"not fetched .+ bring the file to"):
            fetch_weights(address, SHA256, str(tmp_path / "imagenet.safetensors"))
    assert not list(tmp_path.iterdir())


def test_other_bytes_are_refused(tmp_path, source):
    with pytest.raises(ValueError, match=f"SHA-256 {source[1]}, expected {SHA256}; bring the right file to"):
        fetch_weights(source[0], SHA256, str(tmp_path / "imagenet.safetensors"))
    assert {path.name for path in tmp_path.iterdir()} == {"there"}
