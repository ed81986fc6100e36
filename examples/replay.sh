#!/bin/sh
# Delivers once more what was accepted for one user since a time, and waits until it is in the log.
#   sh examples/replay.sh USER [FROM]       FROM: an ISO time, an offset, or earliest
# HOOKLINE_URL and HOOKLINE_KEY name another system, and its API key.
set -eu
user=${1:?a user id}
from=${2:-earliest}

api() {
  path=$1
  shift
  curl -fsS "${HOOKLINE_URL:-http://127.0.0.1:8080}$path" \
    -H "Authorization: Bearer ${HOOKLINE_KEY:-none}" "$@"
}

echo 'What a replay would deliver:'
api /replays -d "{\"from\": \"$from\", \"user\": \"$user\", \"dry_run\": true}"
echo

# At most 100 a second, so that the receiver has room for what is new.
begun=$(api /replays -d "{\"from\": \"$from\", \"user\": \"$user\", \"rate\": 100}")
id=$(printf %s "$begun" | sed -n 's/.*"id":"\([^"]*\)".*/\1/p')
for _ in $(seq 150); do
  replay=$(api "/replays/$id")
  case $replay in *'"state":"running"'*) sleep 0.2 ;; *) break ;; esac
done
echo "$replay"
case $replay in *'"state":"done"'*) ;; *) exit 1 ;; esac
