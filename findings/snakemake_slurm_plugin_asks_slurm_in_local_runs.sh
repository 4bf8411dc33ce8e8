#!/usr/bin/env bash
# Snakemake 9.27.1 with snakemake-executor-plugin-slurm 2.8.0, and Slurm's clients on the PATH, as on a login node or a workstation of a site.
# Guess: a plan and a run on the local machine have nothing to do with Slurm; the plugin acts when --executor slurm is given.
# Seen:  every start of snakemake runs "scontrol show config", a dry run without any executor, too: where the controller does not answer
#        each start waits for that client (up to 10 s), and where Slurm has no configuration file the client looks its controller up in DNS.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q snakemake==9.27.1 snakemake-executor-plugin-slurm==2.8.0
mkdir clients
for name in scontrol sacct squeue sinfo; do # stand-ins of Slurm's clients that write down what they are asked
    printf '#!/bin/sh\necho "%s $*" >>"%s/asked"\nexit 1\n' "$name" "$work" >"clients/$name"
    chmod +x "clients/$name"
done
printf 'rule a:\n    output: "a.txt"\n    shell: "touch {output}"\n' >Snakefile
PATH="$work/clients:$PATH" env/bin/snakemake --dry-run --cores 1 >plan.log 2>&1
PATH="$work/clients:$PATH" env/bin/snakemake --cores 1 >run.log 2>&1
grep -q "a.txt" plan.log && [ -f a.txt ]
echo "asked of Slurm by a dry run and a run, both local:"; cat asked
[ "$(grep -c '^scontrol show config' asked)" -ge 2 ] || { echo "changed: local runs no longer ask Slurm"; exit 1; }
env/bin/pip uninstall -q -y snakemake-executor-plugin-slurm; rm asked
PATH="$work/clients:$PATH" env/bin/snakemake --dry-run --cores 1 >plan.log 2>&1
[ ! -e asked ] && echo "without the plugin: nothing"
