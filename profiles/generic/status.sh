#!/usr/bin/env bash
# Tell Snakemake what has become of a PBS job: running, success or failed.
facts=$(qstat -xf "$1" 2>&1) || {
    echo "$facts" >&2
    case $facts in
    *"Unknown Job"*) echo failed ;; # deleted, or longer gone than the server remembers
    *) echo running ;;              # the server does not answer: ask again later
    esac
    exit
}
case $(awk -F ' = ' '/job_state/ {state = $2} /Exit_status/ {code = $2} END {print state, code}' <<<"$facts") in
"F 0") echo success ;;
F*) echo failed ;;
*) echo running ;;
esac
