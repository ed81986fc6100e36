// As fast as undici posts: CONNECTIONS requests under way, nothing else. The yardstick.
// Usage: bare-loop.ts <url> <requests> <connections>; prints requests a second.
import { Pool } from 'undici';

const [url = '', requests = '0', connections = '1'] = process.argv.slice(2);
const { origin, pathname } = new URL(url);
const pool = new Pool(origin, { connections: Number(connections), pipelining: 1 });
const body = Buffer.from(JSON.stringify({ userId: 'user-1', alertMessage: 'alert of row 12345' }));
const headers = { 'content-type': 'application/json' };
let left = Number(requests);

async function worker(): Promise<void> {
  while (left > 0) {
    left -= 1;
    const answer = await pool.request({ path: pathname, method: 'POST', headers, body });
    await answer.body.dump();
  }
}

const startedAt = performance.now();
await Promise.all(Array.from({ length: Number(connections) }, worker));
const seconds = (performance.now() - startedAt) / 1_000;
process.stdout.write(`${Math.round(Number(requests) / seconds)}\n`);
process.exit();
