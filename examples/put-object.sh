#!/bin/sh
# Puts a CSV into a bucket that Hookline reads, and waits until its rows are delivered.
#   sh examples/put-object.sh [BUCKET/PREFIX]       alerts/in unless you say another one
# It needs what `S3_INBOX=s3://alerts/in S3_ENDPOINT=… npm start` needs: S3_ENDPOINT,
# AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. HOOKLINE_URL and HOOKLINE_KEY name another system.
set -eu
place=${1:-alerts/in}
name=alerts-$$.csv

api() {
  path=$1
  shift
  curl -fsS "${HOOKLINE_URL:-http://127.0.0.1:8080}$path" \
    -H "Authorization: Bearer ${HOOKLINE_KEY:-none}" "$@"
}

file=$(mktemp)
trap 'rm -f "$file"' EXIT
cat > "$file" << 'CSV'
user_id,alert_message
user-1,"disk, 93 % full"
user-2,fan stopped
CSV

# An object is whole when it appears, so that it needs no other name before.
curl -fsS -T "$file" "$S3_ENDPOINT/$place/$name" -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' \
  --aws-sigv4 "aws:amz:${AWS_REGION:-us-east-1}:s3" \
  --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"

# A notice makes it sooner than the next listing; a bucket of AWS sends its own.
api /s3-events -d "{\"Records\": [{\"eventName\": \"ObjectCreated:Put\", \"s3\":
  {\"bucket\": {\"name\": \"${place%%/*}\"}, \"object\": {\"key\": \"${place#*/}/$name\"}}}]}"
echo

for _ in $(seq 150); do
  ledger=$(api /files | tr '{' '\n' | grep "$name\"" || true)
  case $ledger in *'"delivered":2,'*) echo "$name: 2 delivered" && exit 0 ;; esac
  sleep 0.2
done
echo "$name: not delivered in 30 s: $ledger" >&2
exit 1
