// As fast as undici posts what the consumer posts: as many bytes and headers, CONNECTIONS requests
// under way, nothing else, until it is killed. The yardstick. Usage: bare-loop.ts <url>
// <connections> [secret]; with a secret each request is signed, as one writes it first. The first
// line that it prints says it runs.
import { createHmac, createSecretKey } from 'node:crypto';
import { Pool } from 'undici';
import { USER_AGENT } from '../common/base/version.ts';

const [url = '', connections = '1', secret = ''] = process.argv.slice(2);
const { origin, pathname } = new URL(url);
const pool = new Pool(origin, { connections: Number(connections), pipelining: 1 });
const body = Buffer.from(JSON.stringify({ userId: 'user-1', alertMessage: 'alert of row 12345' }));
const id = '01ARZ3NDEKTSV4RRFFQ69G5FAV-0000012345';
const timestamp = '1700000000';
// The id goes by another name, since the receiver counts webhook ids and must tell the two apart.
const headers = {
  'another-id': id,
  'webhook-timestamp': timestamp,
  'webhook-attempt': '1',
  'content-type': 'application/json',
  'user-agent': USER_AGENT,
};

const key = createSecretKey(secret.replace('whsec_', ''), 'base64');

function signed(): Record<string, string> {
  const hmac = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body);
  return { ...headers, 'webhook-signature': `v1,${hmac.digest('base64')}` };
}

async function worker(): Promise<void> {
  for (;;) {
    const sent = secret === '' ? headers : signed();
    try {
      const answer = await pool.request({ path: pathname, method: 'POST', headers: sent, body });
      await answer.body.dump();
    } catch {
      // The receiver closes what stood still for long; the next request connects again.
    }
  }
}

process.stdout.write('running\n');
await Promise.all(Array.from({ length: Number(connections) }, worker));
