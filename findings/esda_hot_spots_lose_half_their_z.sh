#!/usr/bin/env bash
# esda 2.9.0: G_Local, hot spots by Getis and Ord, of tiles on a grid: standardized values (Zs) and p_norm with the default,
# row-standardized weights.
# Guess: on noise Zs are about normal with variance 1, as those by permutations of the same call and as with binary weights: sums and means
#        of equally many neighbours say the same.
# Seen:  their standard deviation is about one over the root of the number of neighbours: 0.5 for 4, 0.35 for 8. A hot spot of 3.1 has 1.5,
#        and p_norm finds next to none. transform="B", or z_sim, is right; G_Local(star=True), Gi*, has it, too.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env
env/bin/pip install -q --no-compile esda==2.9.0 libpysal==4.14.1 geopandas==1.1.4 scikit-learn==1.9.1 scipy==1.17.1 pandas==2.3.3 \
    numpy==2.4.6
env/bin/python -W ignore - <<'P'
import esda
import libpysal
import numpy as np

SIDE, TIMES = 20, 60
rng = np.random.default_rng(0)
inside = np.zeros((SIDE, SIDE), bool)
inside[1:-1, 1:-1] = True  # tiles with all their neighbours
spread = {}
for neighbours, rook in ((4, True), (8, False)):
    for transform in ("R", "B"):
        for star in (False, True):
            made = []
            for k in range(TIMES):
                weights = libpysal.weights.lat2W(SIDE, SIDE, rook=rook)
                made.append(esda.G_Local(rng.uniform(1, 3, SIDE**2), weights, transform=transform, star=star, permutations=199, seed=k))
            z, z_sim, p = (np.concatenate([getattr(one, name)[inside.ravel()] for one in made]) for name in ("Zs", "z_sim", "p_norm"))
            spread[neighbours, transform, star] = z.std(), z_sim.std(), np.mean(2 * p < 0.05)
            print(f"{neighbours} neighbours, {transform}, {'Gi*' if star else 'Gi'}: standard deviation of Zs {z.std():.2f},"
                  f" of z_sim {z_sim.std():.2f}, p_norm (two-sided) below 0.05 in {np.mean(2 * p < 0.05):.1%} of tiles of noise")
values = rng.uniform(1, 3, SIDE**2)
values[[k + SIDE * line for line in (9, 10, 11) for k in (9, 10, 11)]] += 1
hot = {t: esda.G_Local(values, libpysal.weights.lat2W(SIDE, SIDE), transform=t, permutations=9, seed=0).Zs[10 * SIDE + 10] for t in "RB"}
print("amid a hot spot of 9 tiles: Zs", {name: round(float(z), 2) for name, z in hot.items()})
wrong = [value for key, value in spread.items() if key[1] == "R"]
right = [value for key, value in spread.items() if key[1] == "B"]
if not (all(z < 0.55 and 0.9 < sim < 1.1 and p < 0.005 for z, sim, p in wrong)
        and all(0.9 < z < 1.1 and 0.9 < sim < 1.1 and 0.03 < p < 0.07 for z, sim, p in right) and hot["B"] > 1.9 * hot["R"]):
    raise SystemExit("changed")
P
