#!/usr/bin/env bash
set -euo pipefail

npm init -y >/dev/null && npm pkg set type=module >/dev/null
npm install --silent --no-audit --no-fund --legacy-peer-deps typescript@6.0.3 @types/node@24.19.2
mvn -q dependency:copy -Dartifact=org.openapitools:openapi-generator-cli:7.25.0 \
  -DoutputDirectory=tool -Dmdep.useBaseVersion=true >&2
java -jar tool/openapi-generator-cli-7.25.0.jar generate -i openapi.json -g typescript-fetch -o . \
  --additional-properties=importFileExtension=.js >generator.log
npx tsc -p .
node dist/calls.mjs
