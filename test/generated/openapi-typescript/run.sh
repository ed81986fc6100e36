#!/usr/bin/env bash
set -euo pipefail

npm init -y >/dev/null && npm pkg set type=module >/dev/null
npm install --silent --no-audit --no-fund --legacy-peer-deps typescript@6.0.3 @types/node@24.19.2 openapi-typescript@7.13.0 \
  openapi-fetch@0.17.0
npx openapi-typescript openapi.json -o schema.d.ts >&2
npx tsc -p .
node dist/calls.mjs
