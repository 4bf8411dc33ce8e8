"""The surface of each class of the simulated series: relief, albedo and openness to the sky as functions of position.

Coordinates are in crevasse spacings: `a` along the flow, `b` across it (negative on the right), both moved with the ice. Relief
is in spacings too. `melt` tells the season, 0 (May, under snow) to 1 (August, bare ice). Openness is 1 on open ground and falls
towards 0 at the bottom of a deep crevasse. Seeds must differ by at least 100 from class to class.
"""

import math

from numba import njit

from geoclass.simulation.noise import cells, fractal_noise, gradient_noise, hashed, line_noise, smoothstep


@njit
def crevasses(q: float, r: float, width: float, closed: float, length: float, jitter: float, wander: float, seed: int) -> float:
    """Return the depth at (q, r), 0 to 1, of one set of crevasses along the lines q = 0, 1, 2, …

    Parameters
    ----------
    q, r
        Place across and along the lines, in spacings.
    width
        Mean half-width of an open crevasse.
    closed
        Share of its length over which a crevasse is closed, about.
    length
        Distance over which a crevasse opens and closes.
    jitter, wander
        Irregularity of the spacing, from line to line and along a line.
    """
    nearest = math.floor(q + 0.5)
    depth = 0.0
    for line in range(nearest - 1, nearest + 2):
        centre = line + jitter * (hashed(line, 0, seed) - 0.5) + wander * (line_noise(r * 0.22, line, seed + 1) - 0.5)
        centre += 0.12 * wander * (line_noise(r * 1.3, line, seed + 2) - 0.5)
        widest = width * (0.55 + 0.9 * hashed(line, 1, seed)) * 1.25
        if abs(q - centre) < widest:
            opening = smoothstep(closed - 0.12, closed + 0.22, line_noise(r / length, line, seed + 3))
            half = widest * opening * (0.6 + 0.4 * line_noise(r * 2.1, line, seed + 4))
            if half > 0.0:
                x = (q - centre) / half
                depth = max(depth, opening * (1.0 - x * x))
    return depth


@njit
def gashes(a: float, b: float, angle_deg: float, length: float, width: float, share: float, seed: int) -> float:
    """Return the depth at (a, b), 0 to 1, of short lens-shaped crevasses, one a unit square or none, staggered and at an angle.

    Parameters
    ----------
    angle_deg
        Turn of the lenses as `turned` has it, ± 10°.
    length, width
        Mean half-length and half-width of a lens.
    share
        Share of the unit squares that hold one.
    """
    i, j = math.floor(a), math.floor(b)
    depth = 0.0
    for column in range(j - 1, j + 2):
        for row in range(i - 1, i + 2):
            if hashed(row, column, seed) < share:
                p = a - row - 0.5 - 0.7 * (hashed(row, column, seed + 1) - 0.5) - 0.5 * (column & 1)
                s = b - column - 0.5 - 0.6 * (hashed(row, column, seed + 2) - 0.5)
                q, r = turned(p, s, angle_deg + 20.0 * (hashed(row, column, seed + 3) - 0.5))
                r /= length * (0.6 + 0.7 * hashed(row, column, seed + 4))
                if abs(r) < 1.0:
                    taper = 1.0 - r * r
                    x = (q - 0.22 * r * r * r) / (width * (0.6 + 0.8 * hashed(row, column, seed + 5)) * taper)
                    depth = max(depth, taper * (1.0 - x * x))
    return depth


@njit
def turned(a: float, b: float, angle_deg: float) -> tuple[float, float]:
    """Return place across and along lines that are turned by an angle from straight across the flow."""
    cosine, sine = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    return a * cosine - b * sine, b * cosine + a * sine


@njit
def _wall(depth: float) -> float:
    """Return the relief of a crevasse of that depth: steep walls, a rounded bottom."""
    return depth * (1.6 - 0.6 * depth)


@njit
def _ice(a: float, b: float, melt: float, seed: int) -> tuple[float, float]:
    """Return relief and albedo of weathered ice between crevasses, with snow in its hollows."""
    swell = fractal_noise(a * 0.45, b * 0.45, 3, seed)
    grain = gradient_noise(a * 3.1, b * 3.1, seed + 7)
    return 0.03 * swell + 0.006 * grain, 0.74 - 0.14 * melt - (0.02 + 0.04 * melt) * swell + 0.012 * grain


@njit
def snow(x: float, y: float, melt: float, seed: int) -> tuple[float, float, float]:
    """Undisturbed snow: drifts and sastrugi along the wind, x along it."""
    drift = gradient_noise(x * 0.10, y * 0.16, seed)
    bend = 0.5 * gradient_noise(x * 0.25, y * 0.25, seed + 1)
    ripple = gradient_noise(x * 0.42, (y + bend) * 1.5, seed + 2)
    fine = gradient_noise(x * 1.1, (y + bend) * 3.3, seed + 3)
    crest = 1.0 - abs(ripple)
    return 0.10 * drift + 0.016 * crest * crest + 0.005 * fine, 0.86 - 0.05 * melt + 0.01 * drift + 0.006 * fine, 1.0


@njit
def slow_ice(a: float, b: float, melt: float, seed: int) -> tuple[float, float, float]:
    """Slow moving ice: long undulations, foliation drawn out along the flow, healed traces of old crevasses."""
    swell = fractal_noise(a * 0.16, b * 0.22, 2, seed)
    sway = b + 0.8 * gradient_noise(a * 0.05, b * 0.1, seed + 1)
    bands = fractal_noise(a * 0.035, sway * 0.9, 3, seed + 2)
    trace = crevasses(0.4 * a, 0.4 * b, 0.05, 0.72, 2.5, 0.9, 0.6, seed + 20)
    hollow = smoothstep(0.0, 1.0, fractal_noise(a * 0.22, b * 0.45, 4, seed + 30) - 0.5 * swell)
    albedo = 0.67 - 0.12 * melt + (0.04 + 0.03 * melt) * bands + 0.09 * hollow - 0.06 * trace
    return 0.14 * swell + 0.02 * bands - 0.025 * trace, albedo, 1.0


@njit
def shear(a: float, b: float, melt: float, seed: int) -> tuple[float, float, float]:
    """Shear: short en-echelon crevasses at 45° to the margin, in foliated and dirty ice."""
    sway = b + 0.5 * gradient_noise(a * 0.08, b * 0.15, seed + 1)
    lens = gashes(0.95 * a, 0.75 * sway, math.copysign(46.0, b), 0.82, 0.17, 0.85, seed + 10)
    bands = fractal_noise(a * 0.05, sway * 1.5, 3, seed + 50)
    relief, albedo = _ice(a, b, melt, seed + 60)
    wall = _wall(lens)
    return relief + 0.03 * bands - 0.42 * wall, albedo - 0.05 + 0.06 * bands - 0.10 * lens, 1.0 / (1.0 + 4.0 * wall)


@njit
def parallel(a: float, b: float, melt: float, seed: int) -> tuple[float, float, float]:
    """Parallel: one set of long, regularly spaced crevasses across the flow."""
    depth = crevasses(a, b, 0.17, 0.16, 9.0, 0.35, 0.5, seed)
    relief, albedo = _ice(a, b, melt, seed + 60)
    wall = _wall(depth)
    return relief - 0.42 * wall, albedo - 0.10 * depth, 1.0 / (1.0 + 4.0 * wall)


@njit
def parallel_with_shear(a: float, b: float, melt: float, seed: int) -> tuple[float, float, float]:
    """Parallel with shear: one set turned towards the margin and dragged along flow-parallel bands, with gashes in the bands."""
    side = math.copysign(1.0, b)
    sway = (b + 1.5 * gradient_noise(a * 0.05, b * 0.12, seed + 3)) / 4.2
    lane = math.floor(sway)
    within = sway - lane - 0.5
    near = 0.5 - abs(within)
    q, r = turned(a, b, side * 24.0)
    slip = side * (0.45 * lane + 1.6 * within * within * within)  # dragged across a band, then a jump
    depth = crevasses(q + slip, r, 0.17, 0.2, 6.0, 0.35, 0.4, seed + 10)
    gash = gashes(1.05 * a, 1.05 * b, side * 62.0, 0.85, 0.17, 0.8, seed + 20) * (1.0 - smoothstep(0.08, 0.20, near))
    deep = max(depth * smoothstep(0.0, 0.06, near), gash)
    relief, albedo = _ice(a, b, melt, seed + 60)
    wall = _wall(deep)
    return relief - 0.42 * wall, albedo - 0.02 - 0.10 * deep, 1.0 / (1.0 + 4.0 * wall)


@njit
def subordinate_shear(a: float, b: float, melt: float, seed: int) -> tuple[float, float, float]:
    """Subordinate shear: a dominant parallel set, and a weak, fine and closely spaced oblique one between."""
    depth = crevasses(0.8 * a, 0.8 * b, 0.16, 0.12, 9.0, 0.3, 0.4, seed)
    q, r = turned(a, b, -52.0)
    fine = crevasses(1.9 * q, 1.2 * r, 0.24, 0.22, 5.0, 0.4, 0.5, seed + 20)
    relief, albedo = _ice(a, b, melt, seed + 60)
    wall, thin = _wall(depth), _wall(fine)
    return relief - 0.5 * wall - 0.07 * thin, albedo - 0.10 * depth - 0.06 * fine, 1.0 / (1.0 + 4.0 * wall + 0.6 * thin)


@njit
def multidirectional(a: float, b: float, melt: float, seed: int) -> tuple[float, float, float]:
    """Multidirectional: two crossing sets of equal rank, in places a third, that cut the ice into blocks."""
    bend = 0.6 * gradient_noise(a * 0.12, b * 0.12, seed + 3)
    rank = 0.16 * gradient_noise(a * 0.2, b * 0.2, seed + 4)  # here the one, there the other set is better developed
    q, r = turned(a, b, -38.0)
    e, f = turned(a, b, 41.0)
    first = crevasses(0.8 * q + bend, r, 0.17, 0.26 + rank, 2.6, 0.6, 0.7, seed + 10)
    second = crevasses(0.8 * e - bend, f, 0.17, 0.26 - rank, 2.6, 0.6, 0.7, seed + 20)
    third = crevasses(0.7 * b - bend, a, 0.13, 0.6, 2.5, 0.6, 0.6, seed + 30)
    relief, albedo = _ice(a, b, melt, seed + 60)
    deep = max(first, second, third)
    wall = _wall(deep)
    return relief - 0.42 * wall, albedo - 0.10 * deep, 1.0 / (1.0 + 4.0 * wall)


@njit
def multigenerational(a: float, b: float, melt: float, seed: int) -> tuple[float, float, float]:
    """Multigenerational: wide, melted-down, snow-filled troughs of an old set, cut by a young and sharp one at an angle."""
    bend = 0.6 * gradient_noise(a * 0.15, b * 0.15, seed + 3)
    q, r = turned(a, b, 58.0)
    old = crevasses(0.5 * (q + bend), 0.5 * r, 0.36, 0.15, 4.0, 0.5, 0.7, seed + 10)
    e, f = turned(a, b, -8.0)
    young = crevasses(0.9 * e, f, 0.11, 0.24, 5.0, 0.5, 0.6, seed + 20)
    relief, albedo = _ice(a, b, melt, seed + 60)
    trough = old * old * (3.0 - 2.0 * old)
    filled = smoothstep(0.35, 0.9, old)
    wall = _wall(young)
    openness = 1.0 / ((1.0 + 4.0 * wall) * (1.0 + 0.3 * trough))
    return relief - 0.26 * trough - 0.33 * wall, albedo - 0.06 + 0.17 * filled - 0.10 * young, openness


@njit
def chaos(a: float, b: float, melt: float, seed: int) -> tuple[float, float, float]:
    """Chaos: blocks and seracs of many sizes, tilted and of unequal height, with deep voids between."""
    x = a + 1.1 * gradient_noise(a * 0.3, b * 0.3, seed) + 0.25 * gradient_noise(a * 1.3, b * 1.3, seed + 2)
    y = b + 1.1 * gradient_noise(a * 0.3, b * 0.3, seed + 1) + 0.25 * gradient_noise(a * 1.3, b * 1.3, seed + 3)
    edge, u, v, number = cells(0.55 * x, 0.55 * y, 0.95, seed + 10)
    block = int(number * 4e6)
    tilt = 6.283185307179586 * hashed(block, 1, seed)
    top = 0.55 * (number - 0.5) + 0.75 * (math.cos(tilt) * u + math.sin(tilt) * v)
    gap = 1.0 - smoothstep(0.01, 0.05 + 0.30 * hashed(block, 2, seed) ** 2, edge)
    crack, _, _, piece = cells(1.5 * x, 1.5 * y, 0.9, seed + 20)
    broken = smoothstep(0.45, 0.75, hashed(block, 3, seed))  # some blocks have gone to pieces
    split = broken * (1.0 - smoothstep(0.0, 0.16, crack))
    hole = max(gap, 0.6 * split)
    grain = fractal_noise(a * 1.6, b * 1.6, 2, seed + 30)
    relief = top + 0.28 * broken * (piece - 0.5) - 0.5 * gap - 0.22 * split + 0.03 * grain
    return relief, 0.71 - 0.10 * melt + 0.10 * (number - 0.5) - 0.12 * hole + 0.02 * grain, 1.0 / (1.0 + 4.0 * hole)


@njit
def melt_streams(a: float, b: float, melt: float, seed: int) -> tuple[float, float, float]:
    """Melt streams and ponds: meandering channels down the flow and dark ponds in the hollows of wet, smooth ice."""
    swell = gradient_noise(a * 0.11, b * 0.15, seed)
    shore = swell + 0.14 * fractal_noise(a * 0.45, b * 0.45, 3, seed + 1)
    bend = 1.2 * gradient_noise(a * 0.16, b * 0.05, seed + 2) + 0.7 * gradient_noise(a * 0.42, b * 0.12, seed + 3)
    bend += 0.22 * gradient_noise(a * 1.1, b * 0.25, seed + 4)
    stream = crevasses(0.4 * (b + bend), 0.5 * a, 0.065, 0.08, 7.0, 0.7, 0.9, seed + 10)
    q, r = turned(a, b, 62.0)
    rill = crevasses(0.55 * (q + 0.7 * bend), r, 0.045, 0.5, 3.0, 0.9, 0.9, seed + 20)
    water = max(smoothstep(0.0, 0.4, stream), 0.7 * smoothstep(0.0, 0.5, rill))
    pond = smoothstep(0.36, 0.42, -shore)
    deep = smoothstep(0.38, 0.75, -shore)
    wet = fractal_noise(a * 0.3, b * 0.5, 4, seed + 40)
    speckle = smoothstep(0.45, 0.9, gradient_noise(a * 2.6, b * 2.6, seed + 45))
    albedo = (0.60 - 0.05 * melt + 0.06 * wet - 0.08 * speckle) * (1.0 - 0.62 * water)
    relief = 0.16 * swell + 0.015 * wet - 0.10 * stream
    return relief * (1.0 - pond) - 0.065 * pond, albedo * (1.0 - pond) + (0.36 - 0.25 * deep) * pond, 1.0


@njit
def sea_ice(a: float, b: float, melt: float, seed: int) -> tuple[float, float, float]:
    """Sea ice: floes of many sizes with ragged edges, dark leads, thin new ice and brash between; nearly flat."""
    x = a + 0.7 * gradient_noise(a * 0.3, b * 0.3, seed) + 0.16 * gradient_noise(a * 1.6, b * 1.6, seed + 1)
    y = b + 0.7 * gradient_noise(a * 0.3, b * 0.3, seed + 2) + 0.16 * gradient_noise(a * 1.6, b * 1.6, seed + 3)
    edge, _, _, number = cells(0.2 * x, 0.2 * y, 0.95, seed + 10)
    crack, _, _, part = cells(0.47 * x, 0.47 * y, 0.95, seed + 15)
    piece, _, _, sub = cells(1.1 * x, 1.1 * y, 0.9, seed + 20)
    lead = 0.02 + 0.10 * smoothstep(-0.6, 0.8, gradient_noise(a * 0.1, b * 0.1, seed + 4))
    floe = smoothstep(lead, lead + 0.02, edge)
    halved = smoothstep(0.42, 0.46, number)  # these floes are broken into parts, and some of those into brash
    floe *= 1.0 - halved * (1.0 - smoothstep(0.015, 0.05, crack))
    shattered = halved * smoothstep(0.66, 0.68, part)
    brash = smoothstep(0.09, 0.14, piece) * smoothstep(0.3, 0.34, sub)
    solid = max(floe * (1.0 - shattered), brash * max(1.0 - floe, shattered))
    ridge = smoothstep(0.88, 1.0, 1.0 - abs(gradient_noise(x * 0.3, y * 0.3, seed + 25))) * floe
    ridge *= smoothstep(0.0, 0.4, gradient_noise(x * 0.25, y * 0.25, seed + 26))
    drift = fractal_noise(a * 0.5, b * 0.9, 3, seed + 30)
    cover = 0.70 + 0.12 * (number - 0.5) + 0.06 * (part - 0.5) + 0.035 * drift - 0.10 * melt
    water = 0.06 + 0.16 * smoothstep(0.1, 0.5, gradient_noise(a * 0.3, b * 0.3, seed + 40))  # grey where new ice has formed
    return solid * (0.05 + 0.05 * ridge + 0.01 * drift), water + (cover - water) * solid, 1.0


@njit
def rock(x: float, y: float, melt: float, seed: int) -> tuple[float, float, float]:
    """Bare rock with gullies and snow in them; x, y in spacings on the ground. No class of the paper."""
    height = roughness = 0.0
    amplitude, u, v = 1.0, 0.03 * x, 0.03 * y
    for octave in range(6):
        fold = 1.0 - abs(gradient_noise(u, v, seed + octave))
        height += amplitude * fold * fold
        roughness += amplitude * (fold if octave > 1 else 0.0)
        u, v = 1.3 * u - 1.7 * v, 1.7 * u + 1.3 * v
        amplitude *= 0.46
    gully = smoothstep(0.0, 0.08, 0.52 - 0.07 * melt - 0.35 * height - 0.25 * roughness)
    return 3.0 * height - 2.4 - 0.10 * gully, 0.12 + 0.10 * roughness + (0.66 - 0.10 * roughness) * gully, 1.0


@njit
def moraine(x: float, y: float, melt: float, seed: int) -> tuple[float, float, float]:
    """Lateral moraine: rubble on ice, with boulders; x, y in spacings. No class of the paper."""
    rubble = fractal_noise(x * 0.8, y * 0.8, 4, seed)
    return 0.10 * rubble, 0.26 + 0.07 * rubble, 1.0
