#!/usr/bin/env bash
# github.com/ogen-go/ogen 1.25.0. Needs Go 1.24 or later.
#
# `encoding` says which content type a part of a multipart form has. ogen stops there for the whole
# document, even where it only repeats what OpenAPI has as the default of such a part and changes
# nothing. What its message offers, `ignore_not_implemented`, leaves the operation out of the client.
# Without `encoding` the same document makes a client that has it: so take it out before generating.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"

GOFLAGS=-modcacherw CGO_ENABLED=0 GOBIN=$work go install github.com/ogen-go/ogen/cmd/ogen@v1.25.0 2>go.log ||
  { cat go.log; exit 1; }
# Prints a document with an upload, and with what is given about its body.
document() {
  cat <<END
openapi: 3.0.3
info: { title: upload, version: '1' }
paths:
  /status:
    get:
      operationId: status
      responses: { '204': { description: ok } }
  /upload:
    post:
      operationId: upload
      requestBody:
        content:
          multipart/form-data:
            schema: { type: object, properties: { file: { type: string, format: binary } } }
            $1
      responses: { '204': { description: ok } }
END
}
document 'encoding: { file: { contentType: application/octet-stream } }' >with.yml
document '' >without.yml
echo 'generator: { ignore_not_implemented: ["form content encoding"] }' >ignore.yml
try() {
  rm -rf api
  ./ogen --target api --package api "$@" >out 2>&1 && echo 'exit code 0' || echo "exit code $?"
  grep -s 'is not implemented yet' out || true
  grep -sh '^func (c \*Client) [A-Z]' api/oas_client_gen.go | sed 's/^.*) \([A-Z][a-z]*\)(.*/\1/' || true
}
(try without.yml && try with.yml && try --config ignore.yml with.yml) >all
diff - all <<'END'
exit code 0
Status
Upload
exit code 1
Feature "form content encoding" is not implemented yet.
exit code 0
Status
END
echo 'as described'
