#!/usr/bin/env bash
set -euo pipefail

mkdir api
go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 \
  -generate types,client -package api openapi.json >api/api.go
go vet ./...
go run .
