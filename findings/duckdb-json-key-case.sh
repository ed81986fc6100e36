#!/usr/bin/env bash
# duckdb 2.0.1 (Python). Needs python3 with venv.
#
# JSON tells `id` from `ID`; DuckDB's structs do not. JSON lines in which one object has both, as
# bodies of systems that merge sources do, are refused by `read_json`: one such object in a file of
# millions is enough. The advice in the error, `ignore_errors=true`, makes it read the file and drop
# the second value, without a word. Naming the column with the type JSON keeps both.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv python
python/bin/pip install -q --disable-pip-version-check duckdb==2.0.1
printf '%s\n' '{"n": 1, "body": {"id": 1}}' '{"n": 2, "body": {"id": 2, "ID": 3}}' >log.jsonl
cat >read.py <<'EOF'
import duckdb


def read(options):
    try:
        print(duckdb.sql(f"select body from read_json('log.jsonl'{options})").fetchall())
    except duckdb.Error as error:
        print(type(error).__name__, str(error).split(",")[0])


read("")
read(", ignore_errors=true")
read(", columns={body: 'JSON'}")
EOF
diff - <(python/bin/python read.py) <<'EOF'
NotImplementedException Not implemented Error: Duplicate name "ID" in struct auto-detected in JSON
[({'id': 1},), ({'id': 2},)]
[('{"id":1}',), ('{"id":2,"ID":3}',)]
EOF
echo 'as described'
