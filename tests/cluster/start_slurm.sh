#!/usr/bin/env bash
# Start a Slurm of this one machine with two (fake) GPUs, as root; stop_slurm.sh stops and removes it.
# Slurm and munge are installed where they are missing. Exit code 3: not on this machine, for the reason given.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=/var/lib/geoclass-slurm

refuse() { echo "a Slurm for the tests $1" >&2; exit 3; }

[ "$(id -u)" = 0 ] || refuse "needs root"
[ ! -e /etc/slurm/slurm.conf ] || [ -e $dir ] || refuse "would replace /etc/slurm/slurm.conf: this machine has a Slurm already"
"$here/stop_slurm.sh" # what an interrupted run has left
for daemon in slurmctld slurmd munged; do
    command -v $daemon >/dev/null && continue
    command -v apt-get >/dev/null || refuse "needs $daemon, and there is no apt-get to install it with"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends slurm-wlm munge >/dev/null
done

mkdir -p $dir/state $dir/spool /etc/slurm
sed -e "s#@DIR@#$dir#" -e "s#@HOST@#$(hostname -s)#" "$here/slurm.conf" >/etc/slurm/slurm.conf
printf 'Name=gpu File=/dev/%s\n' null zero >/etc/slurm/gres.conf
unset SLURM_CONF
head -c 1024 /dev/urandom >$dir/munge.key
chmod 600 $dir/munge.key
munged --key-file=$dir/munge.key --socket=$dir/munge.socket --pid-file=$dir/munged.pid --log-file=$dir/munged.log \
    --seed-file=$dir/munged.seed
slurmctld -c
slurmd
for _ in $(seq 100); do
    if sinfo --noheader --format=%T 2>/dev/null | grep -q idle; then exit 0; fi
    sleep 0.2
done
tail -n 20 $dir/slurmctld.log $dir/slurmd.log >&2
echo "the node of the tests' Slurm did not become idle within 20 s" >&2
exit 1
