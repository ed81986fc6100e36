#!/usr/bin/env bash
set -euo pipefail

go run github.com/ogen-go/ogen/cmd/ogen@v1.25.0 --target api --package api openapi.json \
  2>generator.log
go vet ./...
go run .
