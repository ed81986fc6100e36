#!/usr/bin/env bash
set -euo pipefail

npm init -y >/dev/null && npm pkg set type=module >/dev/null
npm install --silent --no-audit --no-fund --legacy-peer-deps typescript@6.0.3 @types/node@24.19.2 orval@8.38.0
npx orval --input openapi.json --output ./client.ts --client fetch >&2
npx tsc -p .
node dist/calls.mjs
