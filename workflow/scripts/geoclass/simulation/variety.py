"""How simulated glaciers, seasons and sensors differ from seed to seed, so that a model can be tried on one that it has not seen."""

from typing import NamedTuple

import numpy as np


class Variety(NamedTuple):
    """What one seed changes; the values here change nothing."""

    turn_deg: float = 0.0  # of the flow, anticlockwise
    spacing: float = 1.0  # of crevasses, as factor
    melt: float = 0.0  # added to the season's, -1 to 1
    snow: float = 0.0  # share of the ground under fresh snow, which fills crevasses
    debris: float = 0.0  # share of the ground under debris, which darkens
    sun_deg: float = 0.0  # turn of the sun's azimuth, clockwise
    elevation: float = 1.0  # of the sun, as factor
    blur: float = 1.0  # of the optics, as factor
    noise: float = 1.0  # of the sensor, as factor of its standard deviation
    gain: float = 1.0  # of the sensor, as factor


def draw(seed: int, strength: float) -> Variety:
    """Return what a seed changes at a strength of 0 (nothing) to 1.

    At 1 the flow takes any direction, the spacing half to twice its value, up to a third of the ground fresh snow and a third debris, the
    optics up to twice the blur and the sensor up to three times the noise.
    """
    if strength == 0:
        return Variety()
    generator = np.random.default_rng([seed, 3413])
    low, high = -strength, strength
    return Variety(
        turn_deg=180 * generator.uniform(low, high),
        spacing=2 ** generator.uniform(low, high),
        melt=0.5 * generator.uniform(low, high),
        snow=0.35 * generator.uniform(0, high),
        debris=0.35 * generator.uniform(0, high),
        sun_deg=90 * generator.uniform(low, high),
        elevation=1 + 0.35 * generator.uniform(low, high),
        blur=1 + generator.uniform(low, high),
        noise=3 ** generator.uniform(low, high),
        gain=1.5 ** generator.uniform(low, high),
    )
