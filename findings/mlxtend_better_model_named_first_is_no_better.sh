#!/usr/bin/env bash
# mlxtend 0.25.0, beside statsmodels 0.15.0: test of the difference of two accuracies (proportion_difference).
# Guess: the p-value of a difference, of both sides since nothing asks for one: 0.002 for 0.80 and 0.60 of 100 tiles each, whichever is
#        named first.
# Seen:  the chance of a smaller difference: 0.999 if the better model is named first, 0.001 if it is second. Clear differences pass for
#        chance by the order of two names. Take twice the smaller of p and 1 - p.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env
env/bin/pip install -q --no-compile mlxtend==0.25.0 statsmodels==0.15.0 scikit-learn==1.9.1 pandas==2.3.3 scipy==1.17.1 numpy==2.4.6
MPLBACKEND=Agg env/bin/python -W ignore - <<'P'
from mlxtend.evaluate import proportion_difference
from statsmodels.stats.proportion import proportions_ztest

found = []
for first, second in ((0.8, 0.6), (0.6, 0.8), (0.8, 0.79), (0.79, 0.8)):
    z, p = proportion_difference(first, second, 100, 100)
    due = proportions_ztest([round(100 * first), round(100 * second)], [100, 100])[1]
    found.append((float(p), float(due)))
    print(f"accuracies {first} and {second} of 100 tiles each: z {z:.2f}, p {p:.4f}; statsmodels, both sides: p {due:.4f}")
p, due = zip(*found)
if not (p[0] > 0.99 and p[1] < 0.01 and abs(p[0] + p[1] - 1) < 1e-9 and max(due[:2]) < 0.01 and abs(p[2] + p[3] - 1) < 1e-9):
    raise SystemExit("changed")
P
