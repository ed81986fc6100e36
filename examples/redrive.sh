#!/bin/sh
# Puts the dead letters of one user back into delivery, after a dry run that counts them.
#   sh examples/redrive.sh USER
# HOOKLINE_URL and HOOKLINE_KEY name another system, and its API key.
set -eu
user=${1:?a user id}

api() {
  path=$1
  shift
  curl -fsS "${HOOKLINE_URL:-http://127.0.0.1:8080}$path" \
    -H "Authorization: Bearer ${HOOKLINE_KEY:-none}" "$@"
}

echo 'Dead letters:'
api "/dead-letters?user=$user&limit=5"
echo
echo 'What a redrive would put back:'
api /dead-letters/redrive -d "{\"filter\": {\"user\": \"$user\"}, \"dry_run\": true}"
echo
echo 'Redriven:'
# Each dead letter goes back once, however often this is called.
api /dead-letters/redrive -d "{\"filter\": {\"user\": \"$user\"}}"
echo
