#!/bin/sh
# SLURM, all reports: `sh schedule/slurm.sh`, on a login node, by hand or from cron (SAS_SLURM=1 sh schedule/monthly.sh).
# It sends the array, waits for it, and sends it again while tasks were killed or cancelled, at most SAS_TRIES times
# (default 5). In the end reports/batch.json sums up all tasks, and the exit code is that of all (`sas-analysis --help`).
# SAS_PARTS: how many tasks (default 45, one per force). SAS_SBATCH: more options for sbatch, such as "--partition=short".
set -u
cd "$(dirname "$0")/.." || exit
mkdir -p logs reports || exit
export SAS_PARTS="${SAS_PARTS:-45}" SAS_REPORTS="${SAS_REPORTS:-schedule/reports.toml}"
try=0 status=75
rm -f reports/.batch/parts/*.json # how the parts of the last run went
while [ "$status" = 75 ] && [ "$try" -lt "${SAS_TRIES:-5}" ]; do
  try=$((try + 1))
  # shellcheck disable=SC2086 # options, separated by blanks
  sbatch --wait --array="1-$SAS_PARTS%10" ${SAS_SBATCH:-} schedule/slurm-array.sh
  status=0
  .venv/bin/sas-analysis batch "$SAS_REPORTS" --strict --allow-contradicted --combine "$SAS_PARTS" --quiet || status=$?
done
exit "$status"
