#!/bin/sh
# Runs a command that must not outlive the process that started it.
#
#   sh end-with-parent.sh GRACE_SECONDS COMMAND [ARGUMENT...]
#
# The parent holds the other end of standard input and never writes. However the parent ends,
# even by kill -9, the kernel closes that end: the watcher below reads end-of-file, sends TERM,
# and KILL after the grace. The command replaces this shell, so its pid, its signals and its
# exit code are plain. POSIX sh only: it must behave alike on Linux and macOS.
grace=$1
shift

# A background list gets /dev/null as its input, so the parent's end is kept as 3 beforehand.
exec 3<&0
(
  trap '' HUP INT TERM
  while read -r _; do :; done <&3
  kill -TERM $$
  while kill -0 $$ && [ "$grace" -gt 0 ]; do
    sleep 1
    grace=$((grace - 1))
  done
  kill -KILL $$
) >/dev/null 2>&1 &

exec "$@" </dev/null 3<&-
