#!/usr/bin/env bash
# Snakemake 9.27.1: numbers on the command line of `--config`.
# Guess: `--config levels='[1, 2.5, true]'` gives what the same YAML gives in a --configfile, since a single number does: `--config epochs=2`.
# Seen:  everything inside of a list or a mapping is text: '1', '2.5', 'true'. A sweep over the command line compares texts, and `2 * level`
#        is '11'. In a config file, and alone on the command line, they are numbers.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q snakemake==9.27.1
cat >Snakefile <<'S'
print("SEEN", repr(config["epochs"]), repr(config["levels"]), repr(config["tile"]))
rule all:
    output: "done"
    shell: "touch done"
S
printf 'epochs: 2\nlevels: [1, 2.5, true]\ntile: {height: 201}\n' >settings.yaml
seen() { env/bin/snakemake --dry-run "$@" 2>&1 | grep -m1 SEEN; }
file=$(seen --configfile settings.yaml)
line=$(seen --config epochs=2 'levels=[1, 2.5, true]' 'tile={height: 201}')
echo "from a file:      $file"
echo "from the command: $line"
[ "$file" = "SEEN 2 [1, 2.5, True] {'height': 201}" ] && [ "$line" = "SEEN 2 ['1', '2.5', 'true'] {'height': '201'}" ] || { echo changed; exit 1; }
