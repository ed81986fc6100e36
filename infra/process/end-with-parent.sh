#!/bin/sh
# Runs a command that must not outlive the process that started it.
#
#   sh end-with-parent.sh GRACE_SECONDS COMMAND [ARGUMENT...]
#
# The parent holds the other end of standard input and never writes. However the parent ends,
# even by kill -9, the kernel closes that end: the watcher below reads end-of-file, sends TERM,
# and KILL after the grace. The command replaces this shell, so its pid, its signals and its
# exit code are plain. POSIX sh only: it must behave alike on Linux and macOS.
#
# Only the watcher keeps descriptor 3, a pipe to the parent: once that is closed, nothing is left.
tenths=$(($1 * 10))
shift

# A background list gets /dev/null as its input, so the parent's end is kept as 4 beforehand.
exec 4<&0
(
  trap '' HUP INT TERM
  while read -r _; do :; done <&4
  kill -TERM $$
  while kill -0 $$ && [ "$tenths" -gt 0 ]; do
    # Not every sleep takes a part of a second.
    if sleep 0.1; then tenths=$((tenths - 1)); else
      sleep 1
      tenths=$((tenths - 10))
    fi
  done
  kill -KILL $$
) >/dev/null 2>&1 &

exec "$@" </dev/null 3>&- 4<&-
