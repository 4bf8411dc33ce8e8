#!/usr/bin/env bash
# Snakemake 9.27.1 records the parameters of a job as a set of texts without their names.
# Guess: a rule runs again when two of its parameters swap their values, or one takes the value of another.
# Seen:  neither plans a job ("Nothing to be done"); the same two values in one dict do.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q snakemake==9.27.1
cat >Snakefile <<'S'
rule apart:
    output: "apart.txt"
    params: height=config["height"], width=config["width"]
    shell: "echo {params.height} x {params.width} > {output}"
rule together:
    output: "together.txt"
    params: size={"height": config["height"], "width": config["width"]}
    shell: "echo {params.size[height]} x {params.size[width]} > {output}"
S
run() { env/bin/snakemake --cores 1 "$@" 2>&1; }
run apart.txt together.txt --config height=201 width=268 >first.log
plan() { run "$1" -n --config "height=$2" "width=$3"; }
plan apart.txt 268 201 | grep -q "Nothing to be done" && echo "swapped, two parameters: nothing is planned"
plan apart.txt 201 201 | grep -q "Nothing to be done" && { echo "changed: equal values are planned no longer"; exit 1; } || echo "one value gone: planned"
plan together.txt 268 201 | grep -q "Params have changed" && echo "swapped, one dict: planned"
[ "$(cat apart.txt)" = "201 x 268" ] && echo "apart.txt still holds 201 x 268"
