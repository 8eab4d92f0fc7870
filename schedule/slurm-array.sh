#!/bin/bash
# SLURM, a task per force: sh schedule/slurm.sh sends it, looks after it and sums up. From the top folder of the project,
# on a file system that all nodes share. A task that comes near its wall time puts itself into the queue again, and one
# that lost its node is put there by SLURM; what was finished is not made twice.
# The array's range is the number of lines of `sas-analysis forces`; %10 is how many tasks may run at once.
# Partition and account, where a cluster asks for them: #SBATCH --partition=... --account=...
#SBATCH --job-name=sas-analysis
#SBATCH --array=1-45%10
#SBATCH --cpus-per-task=2
#SBATCH --mem=4G
#SBATCH --time=02:00:00
#SBATCH --requeue
#SBATCH --signal=B:USR1@120
#SBATCH --open-mode=append
#SBATCH --output=logs/slurm-%A_%a.log
set -uo pipefail
again() {
  kill -TERM "$batch" 2>/dev/null
  wait "$batch"
  scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
  sleep 60 # SLURM ends what is requeued; the task must not end first
  exit 75
}
trap again USR1
part="$SLURM_ARRAY_TASK_ID/${SAS_PARTS:-45}"
events=${SAS_EVENTS:-logs/batch-$(date +%F).jsonl}
.venv/bin/sas-analysis batch "${SAS_REPORTS:-schedule/reports.toml}" --strict --allow-contradicted --part "$part" \
  --jobs "${SLURM_CPUS_PER_TASK:-2}" --log "${events%.jsonl}-$SLURM_ARRAY_TASK_ID.jsonl" &
batch=$!
wait "$batch"
