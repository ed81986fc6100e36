#!/usr/bin/env bash
# github.com/yannh/kubeconform 0.8.0 (0.6.7 does the same). Needs Go 1.24 or later.
#
# JSON Schema writes patterns in the dialect of ECMA-262, which has lookahead; Go's has not. A schema
# with such a pattern does not compile, and kubeconform drops the reason: "could not find schema".
# With `-ignore-missing-schemas`, meant for kinds that have no
# schema, it skips the resource and exits with 0: a manifest that the schema refuses passes. Use
# `-summary` and count what is skipped.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"

GOFLAGS=-modcacherw CGO_ENABLED=0 GOBIN=$work go install \
  github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0 2>go.log || { cat go.log; exit 1; }
mkdir plain lookahead none
echo '{ "properties": { "size": { "type": "integer" } } }' >plain/thing.json
echo '{ "properties": { "size": { "type": "integer" }, "name": { "pattern": "^(?!x)" } } }' \
  >lookahead/thing.json
printf '%s\n' 'apiVersion: v1' 'kind: Thing' 'metadata: { name: a }' 'size: wrong' >thing.yml
check() {
  schemas=$1
  shift
  echo "$schemas${*:+ $*}"
  ./kubeconform -verbose "$@" -schema-location "$schemas/{{.ResourceKind}}.json" thing.yml \
    >out && echo 'exit code 0' || echo "exit code $?"
  grep -o 'is invalid\|could not find schema for Thing\|skipped' out
}
{
  for schemas in plain lookahead none; do
    check "$schemas"
    check "$schemas" -ignore-missing-schemas
  done
} >all
diff - all <<'END'
plain
exit code 1
is invalid
plain -ignore-missing-schemas
exit code 1
is invalid
lookahead
exit code 1
could not find schema for Thing
lookahead -ignore-missing-schemas
exit code 0
skipped
none
exit code 1
could not find schema for Thing
none -ignore-missing-schemas
exit code 0
skipped
END
echo 'as described'
