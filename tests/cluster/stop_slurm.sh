#!/usr/bin/env bash
# Stop what start_slurm.sh started, by process id, and remove its configuration: with one left behind, every snakemake waits for it.
set -euo pipefail
dir=/var/lib/geoclass-slurm

[ -d $dir ] || exit 0
if [ -e $dir/slurmctld.pid ]; then scancel --user root --quiet --signal=KILL --full 2>/dev/null || true; fi
for daemon in slurmd slurmctld munged; do
    [ -e $dir/$daemon.pid ] || continue
    pid=$(cat $dir/$daemon.pid)
    kill "$pid" 2>/dev/null || continue
    for _ in $(seq 50); do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.2
    done
done
rm -rf /etc/slurm/slurm.conf /etc/slurm/gres.conf $dir
