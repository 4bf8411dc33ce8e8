"""torchvision, also where its compiled part does not fit this torch: import it from here."""

import torch


def declare_operators() -> torch.library.Library | None:
    """Declare the two compiled operators that torchvision's import expects, where its compiled part does not fit this torch.

    A torchvision built for CUDA beside a torch for CPU cannot load its operators and fails at import with "operator
    torchvision::nms does not exist", though none of the classifiers uses them. Where the two fit, nothing is done.

    Returns
    -------
    torch.library.Library or None
        The declarations, which live as long as this object; None where none was needed.
    """
    try:
        import torchvision  # noqa: F401

        return None
    except RuntimeError:
        declarations = torch.library.Library("torchvision", "FRAGMENT")
        for name in ("nms", "qnms"):
            declarations.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        return declarations


_OPERATORS = declare_operators()

from torchvision.models import resnet18  # noqa: E402
from torchvision.transforms.v2 import CutMix  # noqa: E402

__all__ = ["CutMix", "resnet18"]
