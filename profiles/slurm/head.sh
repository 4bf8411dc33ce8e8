#!/usr/bin/env bash
# Snakemake itself as a job, in the place of a terminal on the login node; it submits the others. From the clone's top folder:
#   sbatch profiles/slurm/head.sh --configfile my_glacier.yaml
# Shortly before its time ends it stops, with its jobs, and a next head job goes on where it was.
#SBATCH --job-name=geoclass_head
#SBATCH --cpus-per-task=1
#SBATCH --mem=4G
#SBATCH --time=23:30:00
#SBATCH --signal=B:USR1@600
#SBATCH --output=geoclass_head_%j.log
set -um # -m: else a job in the background would not hear of the interrupt

[ ! -d .venv/bin ] || PATH=$PWD/.venv/bin:$PATH
snakemake --profile slurm "$@" &
head=$!

go_on() {
    sbatch --dependency="afterany:$SLURM_JOB_ID" profiles/slurm/head.sh "$@"
    kill -INT "$head"
}
arguments=("$@")
trap 'go_on "${arguments[@]}"' USR1
wait "$head" # ends early at the signal
wait "$head"
