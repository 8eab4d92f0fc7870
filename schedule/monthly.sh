#!/bin/sh
# One scheduled run: `sh schedule/monthly.sh`, from any folder. What it says goes into logs/, a file a run; the end of it
# is said again where the run went wrong, so that cron mails it and systemd keeps it. Settings, all by environment:
#   SAS_REPORTS  which reports (default schedule/reports.toml)     SAS_FORCES  forces to fetch, by blanks (default: all)
#   SAS_MONTHS   how many published months to keep up (default 18: the 13 of the reports, and forces that are late)
#   SAS_ANALYSIS_BASE  address of an internal mirror of the archive    SAS_SLURM=1  make the reports as a SLURM array
#   SAS_KEEP     days that logs are kept (default 400)
# Exit code: that of the batch; records that official statistics contradict are told, and are no failure. If that is 0
# and nothing could be fetched 69: the reports are from what is on disk. `sas-analysis --help` lists the others.
set -u
cd "$(dirname "$0")/.." || exit
bin=.venv/bin/sas-analysis
reports=${SAS_REPORTS:-schedule/reports.toml}
mkdir -p logs reports || exit
now=$(date +%Y-%m-%dT%H%M%S)
log=logs/monthly-$now.log
export SAS_EVENTS="logs/batch-$now.jsonl" SAS_REPORTS="$reports"

month() {
  set --
  for force in ${SAS_FORCES:-all}; do set -- "$@" --force "$force"; done
  fetched=0 batch=0 index=0
  "$bin" fetch "$@" --last "${SAS_MONTHS:-18}" || fetched=$?
  [ "$fetched" = 0 ] ||
    echo "warning: nothing new could be fetched (exit code $fetched, see above): the reports are from what is on disk"
  # Asked for once; what is there is not asked for again.
  "$bin" fetch-reference boundaries ||
    echo "warning: no boundaries could be fetched (exit code $?, see above): without them there are no reports on places"
  if [ -n "${SAS_SLURM:-}" ]; then
    sh schedule/slurm.sh || batch=$?
  else
    "$bin" batch "$reports" --strict --allow-contradicted --log "$SAS_EVENTS" || batch=$?
  fi
  "$bin" site --out reports || index=$?
  find logs -name '[a-z]*' -type f -mtime "+${SAS_KEEP:-400}" -exec rm -f {} +
  # Without any record on disk a batch has nothing to read its months from (64): what is wrong then is the fetch.
  if [ "$fetched" != 0 ] && { [ "$batch" = 0 ] || [ "$batch" = 64 ]; }; then return 69; fi
  [ "$batch" = 0 ] || return "$batch"
  return "$index"
}

month >"$log" 2>&1
status=$?
if [ "$status" != 0 ]; then
  echo "sas-analysis: the monthly run ended with $status; the last lines of $(pwd)/$log:" >&2
  tail -n 40 "$log" >&2
fi
# Such reports are made and say so themselves; whoever gets the mail of cron should know of them too.
grep ' contradicted  ' "$log" | sed 's/^/made, but official statistics contradict its records: /'
exit "$status"
