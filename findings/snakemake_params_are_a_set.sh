#!/usr/bin/env bash
# Snakemake 9.27.1 records the parameters of a job as a set of texts without their names.
# Guess: a rule runs again when two of its parameters swap their values.
# Seen:  "Nothing to be done"; the same two values in one dict do plan a job.
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
expect() { # TARGET HEIGHT WIDTH TEXT WORDS
    plan=$(run "$1" -n --config "height=$2" "width=$3")
    case $plan in *"$4"*) echo "$5" ;; *) echo "changed: $5 no longer"; exit 1 ;; esac
}
expect apart.txt 268 201 "Nothing to be done" "two parameters that swap their values: nothing is planned"
expect together.txt 268 201 "Params have changed" "the same values that swap in one dict: planned"
echo "apart.txt still holds $(cat apart.txt)"
