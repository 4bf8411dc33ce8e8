"""Pictures that a test opens."""

from PIL import Image


def colours(path):
    """Return the number of colours of a picture; an empty sheet has one."""
    return len(Image.open(path).convert("RGB").getcolors(100_000))
