#!/bin/sh
# Runs a role (producer, consumer, console, receiver) or a tool (status, reset, generate, …) of
# the image. The role replaces this shell: it is process 1 and gets the signals itself.
name=$1
[ $# -gt 0 ] && shift
# The same flags of V8 as in the npm script.
flags=$(node -p '(require("./package.json").scripts[process.argv[1]] ?? "").match(/--\S+/g)?.join(" ") ?? ""' "$name")
for file in "$name/main.ts" "console/cli/$name.ts" "infra/tools/$name.ts"; do
  # shellcheck disable=SC2086 # Some flags, or none.
  [ -f "$file" ] && exec node $flags -r ./infra/check-node.cjs "$file" "$@"
done
echo "Give a role: producer, consumer, console or receiver; or a tool, such as status." >&2
exit 64
