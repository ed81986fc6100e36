#!/bin/sh
# Delivers what is created and changed in a table, from the topic that Debezium writes.
#   sh examples/sources/deliver-changes.sh TARGET_URL [TOPIC]       TOPIC: shop.public.orders
# HOOKLINE_URL and HOOKLINE_KEY name another system, and its API key.
set -eu
target=${1:?the URL that gets the changes}
topic=${2:-shop.public.orders}

api() {
  path=$1
  shift
  curl -fsS "${HOOKLINE_URL:-http://127.0.0.1:8080}$path" \
    -H "Authorization: Bearer ${HOOKLINE_KEY:-none}" "$@"
}

# Who takes it comes before the source: then nothing of the topic is passed over. Deletions
# (op "d") are left out by the filter.
subscription=$(api /subscriptions -d "{\"target_url\": \"$target\", \"event_types\": [\"$topic\"],
  \"filter\": {\"body\": {\"op\": [\"c\", \"u\"]}}, \"ordering\": \"key\"}")
echo "subscription: $(printf %s "$subscription" | sed -n 's/.*"id":"\([^"]*\)".*/\1/p')"

# Each change is of the customer that its row names.
api /sources -d "{\"topic\": \"$topic\", \"user_id\": \"/after/customer\", \"from\": \"earliest\"}" \
  > /dev/null

# A topic that is not there yet is read as soon as it is.
for _ in $(seq 150); do
  source=$(api "/sources/$topic")
  state=$(printf %s "$source" | sed -n 's/.*"state":"\([a-z]*\)".*/\1/p')
  [ "$state" = reading ] && break
  sleep 0.2
done
echo "source: $topic is $state"
[ "$state" = reading ]
