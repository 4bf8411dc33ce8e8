"""Where a model is trained, and the state between two epochs: a killed job continues with the very numbers of an uninterrupted one."""

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialize
from torch import Tensor, nn

from geoclass.core import files, library, log
from geoclass.labels.labelled_tiles import LabelledTiles

State = dict[str, Tensor]


@dataclass(frozen=True)
class RunDirectory:
    """Where a model is trained.

    Attributes
    ----------
    folder
        The model folder to be. Beside it lies, during training, ``<folder>.resume`` with the state between epochs: outside of the
        rule's outputs, which are deleted when a job is killed.
    device, precision
        Where and how to compute: float32, or bfloat16 for the layers that can (automatic mixed precision).
    data
        Fingerprint of what is trained on.
    recipe
        Fingerprint of the settings and of the code.
    """

    folder: Path
    device: torch.device
    precision: torch.dtype
    data: str
    recipe: str = ""

    @classmethod
    def of(
        cls, folder: Path, device: torch.device, precision: torch.dtype, tiles: LabelledTiles, settings: dict, script: str
    ) -> "RunDirectory":
        """Return where a script trains on tiles by a section of the config."""
        recipe = json.dumps(settings, sort_keys=True) + library.fingerprint(script)
        return cls(folder, device, precision, tiles.fingerprint(), hashlib.sha256(recipe.encode()).hexdigest())

    def state(self, stage: str = "") -> Path:
        """Return the path of the state of one stage of the training, or of the folder of all states."""
        return self.folder.with_name(f"{self.folder.name}.resume") / (f"{stage}.safetensors" if stage else "")

    def clear(self) -> None:
        """Remove the state once all outputs are written."""
        shutil.rmtree(self.state(), ignore_errors=True)


def weights(network: nn.Module) -> State:
    """Return the weights as they are now, in the plain layout, since safetensors stores no other."""
    return {
        name: value.detach().cpu().clone(memory_format=torch.contiguous_format) for name, value in network.state_dict().items()
    }


def fingerprint(settings: list, training: np.ndarray, validation: np.ndarray, network: nn.Module) -> str:
    """Return what tells one training from another: settings, labels and initial weights."""
    digest = hashlib.sha256(json.dumps(settings).encode())
    for part in (training, validation, *(value.float().cpu().numpy() for value in network.state_dict().values())):
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()


def save(
    path: str | Path, run: str, network: nn.Module, best: State, optimizer: torch.optim.Optimizer, curves: list[dict]
) -> None:
    """Write the state in one file: tensors, and the curves as JSON in its header."""
    tensors = {f"network {name}": value for name, value in weights(network).items()}
    tensors |= {f"best {name}": value for name, value in best.items()}
    for index, slots in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer {index} {slot}": value.cpu().contiguous() for slot, value in slots.items()}
    with files.replacing(path) as temporary:
        temporary.write_bytes(serialize(tensors, {"run": run, "curves": json.dumps(curves)}))


def resume(path: str | Path, run: str, network: nn.Module, optimizer: torch.optim.Optimizer) -> tuple[State, list[dict]]:
    """Continue from a state of the same training, if there is one: return the best weights and the curves so far."""
    try:
        with safe_open(path, "pt") as state:
            if (state.metadata() or {}).get("run") != run:
                log.logger.info("%s belongs to another training and is ignored", path)
                return {}, []
            curves = json.loads(state.metadata()["curves"])
            parts: dict[str, dict] = {"network": {}, "best": {}, "optimizer": {}}
            for key in state.keys():
                part, name = key.split(" ", 1)
                parts[part][name] = state.get_tensor(key)
    except (FileNotFoundError, SafetensorError):
        return {}, []
    network.load_state_dict(parts["network"])
    slots: dict[int, dict] = {}
    for key, value in parts["optimizer"].items():
        index, slot = key.split(" ")
        slots.setdefault(int(index), {})[slot] = value
    optimizer.load_state_dict(optimizer.state_dict() | {"state": slots})
    for parameter, kept in optimizer.state.items():  # a fused step pairs values by their place in memory, not by their index
        for slot, value in kept.items():
            if value.shape == parameter.shape:
                kept[slot] = torch.empty_like(parameter, requires_grad=False).copy_(value)
    log.logger.info("%s: resumed after epoch %d", curves[-1]["stage"], curves[-1]["epoch"])
    return parts["best"], curves
