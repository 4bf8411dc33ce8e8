#!/usr/bin/env bash
# Tell Snakemake what has become of a PBS job: running, success or failed.
facts=$(qstat -xf "$1") || { echo running; exit; } # the server does not answer: ask again later
case $(awk -F ' = ' '/job_state/ {state = $2} /Exit_status/ {code = $2} END {print state, code}' <<<"$facts") in
"F 0") echo success ;;
F*) echo failed ;;
*) echo running ;;
esac
