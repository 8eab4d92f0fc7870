#!/bin/sh
# One scheduled run, from the top folder of the project: `sh schedule/monthly.sh`. Its exit code is the batch's.
# SAS_FORCES: forces to fetch, separated by blanks (default: all). SAS_MONTHS: how many months back to fetch (default 3).
set -eu
bin=.venv/bin/sas-analysis
from=$(date -d "$(date +%Y-%m-15) -${SAS_MONTHS:-3} months" +%Y-%m)
to=$(date -d "$(date +%Y-%m-15) -1 month" +%Y-%m)
set --
for force in ${SAS_FORCES:-all}; do set -- "$@" --force "$force"; done
# Months that nobody has published yet are a warning of fetch, and no reason to stop; no network is one.
"$bin" fetch "$@" --from "$from" --to "$to" --quiet
status=0
"$bin" batch reports.toml --strict --log reports/batch.jsonl || status=$?
"$bin" site --out reports
exit "$status"
