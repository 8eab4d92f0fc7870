#!/bin/sh
# Mail the end of the last monthly log: `sh schedule/tell.sh ADDRESS`. Needs a sendmail, as any mail server brings one;
# SAS_SENDMAIL names another program that takes a mail on its input, such as a script that posts to a chat.
set -eu
cd "$(dirname "$0")/.."
last=$(ls -t logs/monthly-*.log | head -n 1)
{
  printf 'To: %s\nSubject: stop-and-search reports on %s: the monthly run went wrong\n\n' "$1" "$(hostname)"
  printf 'The last lines of %s:\n\n' "$(pwd)/$last"
  tail -n 40 "$last"
} | ${SAS_SENDMAIL:-/usr/sbin/sendmail -t}
