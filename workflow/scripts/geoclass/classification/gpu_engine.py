"""A network on a GPU: counts travel as they are and are scaled there."""

import numpy as np
import torch

from geoclass.classification.engine import Batch, Engine
from geoclass.networks.checkpoints import Predictor


class GpuEngine(Engine):
    """The whole network on a GPU: counts travel from pinned memory as they are and are scaled there."""

    def __init__(self, name: str, predictor: Predictor, dtype: torch.dtype):
        super().__init__(name, predictor)
        self.dtype = dtype
        torch.backends.cudnn.allow_tf32 = False  # float32 means float32
        predictor.network.to(memory_format=torch.channels_last)

    def prepare(self, batch: Batch) -> tuple:
        if "pixels" not in self.predictor.needs:
            return self._pinned(super().prepare(batch)[0]), None, None, None
        nothing = np.empty((len(batch.counts), 0, 0), np.float32)
        *vectors, _ = self.predictor.inputs(nothing, batch.functions if "vario" in self.predictor.needs else None)
        range_of_scene = np.float32([[batch.radiometry["low"], batch.radiometry["high"]]]).repeat(len(batch.counts), axis=0)
        vectors = vectors[0] if vectors else None
        return tuple(map(self._pinned, (vectors, batch.counts, batch.valid, range_of_scene)))

    def _pinned(self, array: np.ndarray | None) -> torch.Tensor | None:
        """Return an array in memory that a GPU fetches by itself."""
        if array is None:
            return None
        tensor = torch.tensor(array)
        return tensor.pin_memory() if self.predictor.device.type == "cuda" else tensor

    def logits(self, prepared: tuple) -> np.ndarray:
        device = self.predictor.device
        vectors, counts, valid, range_of_scene = (
            None if part is None else part.to(device, non_blocking=True) for part in prepared
        )
        inputs = [] if vectors is None else [vectors]
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=self.dtype == torch.bfloat16):
            if counts is not None:
                low, high = range_of_scene[:, 0, None, None], range_of_scene[:, 1, None, None]
                pixels = counts.float().sub_(low).div_(high - low).clamp_(0, 1)
                if valid is not None:  # as in radiometry.scale_pixels; invalid pixels may be NaN
                    means = torch.where(valid, pixels, 0).sum((1, 2)) / valid.sum((1, 2)).clamp(min=1)
                    pixels = torch.where(valid, pixels, means[:, None, None])
                inputs.append(pixels)
            return self.predictor.network(*inputs).float().cpu().numpy()
