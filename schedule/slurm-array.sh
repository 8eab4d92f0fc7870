#!/bin/bash
# SLURM, a task per force: sbatch schedule/slurm-array.sh   (from the top folder, on a file system all nodes share)
# When the array is done: .venv/bin/sas-analysis site. A task that is killed or runs out of time is simply sent again:
# what was finished is not made twice. The array's range is the number of lines of `sas-analysis forces`.
#SBATCH --job-name=sas-analysis
#SBATCH --array=1-45%10
#SBATCH --cpus-per-task=2
#SBATCH --mem=8G
#SBATCH --time=02:00:00
#SBATCH --output=reports/slurm-%A_%a.log
set -euo pipefail
force=$(.venv/bin/sas-analysis forces | awk -v task="$SLURM_ARRAY_TASK_ID" 'NR == task { print $1 }')
# One folder of processed records for each force: cleaning locks its folder, and tasks would wait for each other.
exec .venv/bin/sas-analysis batch reports.toml --only "$force" --jobs "${SLURM_CPUS_PER_TASK:-2}" \
  --processed "data/processed/$force" --log "reports/batch-$force.jsonl"
