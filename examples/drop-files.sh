#!/bin/sh
# Drops a CSV and a file of JSON lines into the inbox, and waits until their rows are delivered.
#   sh examples/drop-files.sh [INBOX]       INBOX: data/inbox unless you say another one
# HOOKLINE_URL and HOOKLINE_KEY name another system, and its API key.
set -eu
inbox=${1:-data/inbox}
name=alerts-$$

api() {
  curl -fsS "${HOOKLINE_URL:-http://127.0.0.1:8080}$1" \
    -H "Authorization: Bearer ${HOOKLINE_KEY:-none}"
}

# Prints the ledger of a file on one line. Every object of the list begins a new line here.
ledger_of() {
  api /files | tr '{' '\n' | grep "\"name\":\"$1\"" || true
}

# A name that ends in .part is left alone; the rename says that the file is whole.
cat > "$inbox/$name.csv.part" << 'CSV'
user_id,alert_message
user-1,"disk, 93 % full"
user-2,fan stopped
CSV
mv "$inbox/$name.csv.part" "$inbox/$name.csv"

cat > "$inbox/$name.jsonl.part" << 'JSONL'
{"user_id": "user-1", "alert_message": "disk full", "host": "db-1"}
JSONL
mv "$inbox/$name.jsonl.part" "$inbox/$name.jsonl"

for file in "$name.csv:2" "$name.jsonl:1"; do
  for _ in $(seq 150); do
    ledger=$(ledger_of "${file%:*}")
    case $ledger in *'"delivered":'"${file#*:},"*) break ;; esac
    sleep 0.2
  done
  case $ledger in
    *'"delivered":'"${file#*:},"*) echo "${file%:*}: ${file#*:} delivered" ;;
    *) echo "${file%:*}: not delivered in 30 s: $ledger" >&2 && exit 1 ;;
  esac
done
