#!/bin/sh
# Runs a role (producer, consumer, console, receiver) or a tool (status, reset, generate, …) of
# the image. The role replaces this shell: it is process 1 and gets the signals itself.
name=$1
[ $# -gt 0 ] && shift
# As in `npm run producer` and `npm run consumer`: see infra/roles.ts.
case $name in
  producer) flags='--max-semi-space-size=16 --max-old-space-size=160 --no-allocation-site-pretenuring' ;;
  consumer) flags='--max-semi-space-size=16 --heap-growing-percent=100' ;;
esac
for file in "$name/main.ts" "console/cli/$name.ts" "infra/tools/$name.ts"; do
  # shellcheck disable=SC2086 # Some flags, or none.
  [ -f "$file" ] && exec node $flags -r ./infra/check-node.cjs "$file" "$@"
done
echo "Give a role: producer, consumer, console or receiver; or a tool, such as status." >&2
exit 64
