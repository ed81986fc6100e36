#!/bin/sh
# Sends one delivery to WEBHOOK_URL, and shows what became of it.
#   sh examples/send.sh [KEY]       KEY: idempotency key; the same key again is the same delivery
# HOOKLINE_URL and HOOKLINE_KEY name another system, and its API key.
set -eu
key=${1:-order-7-paid}

api() {
  path=$1
  shift
  curl -fsS "${HOOKLINE_URL:-http://127.0.0.1:8080}$path" \
    -H "Authorization: Bearer ${HOOKLINE_KEY:-none}" "$@"
}

accepted=$(api /send -H "Idempotency-Key: $key" \
  -d '{"user_id": "user-1", "data": {"order_id": 7, "state": "paid"}}')
id=$(printf %s "$accepted" | sed -n 's/.*"id":"\([^"]*\)".*/\1/p')
echo "accepted: $id"

# Accepted means: in Kafka, on all in-sync replicas. Delivered comes next.
for _ in $(seq 150); do
  delivery=$(api "/deliveries/$id")
  state=$(printf %s "$delivery" | sed -n 's/.*"state":"\([a-z_]*\)".*/\1/p')
  case $state in delivered | dead | cancelled) break ;; esac
  sleep 0.2
done
echo "state: $state"
[ "$state" = delivered ]
