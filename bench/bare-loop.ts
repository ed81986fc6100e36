// As fast as undici posts what the consumer posts: as many bytes and headers, CONNECTIONS requests
// under way, nothing else, until it is killed. The yardstick. Usage: bare-loop.ts <url>
// <connections>; the first line that it prints says it runs.
import { Pool } from 'undici';
import { USER_AGENT } from '../common/version.ts';

const [url = '', connections = '1'] = process.argv.slice(2);
const { origin, pathname } = new URL(url);
const pool = new Pool(origin, { connections: Number(connections), pipelining: 1 });
const body = Buffer.from(JSON.stringify({ userId: 'user-1', alertMessage: 'alert of row 12345' }));
// The id goes by another name, since the receiver counts webhook ids and must tell the two apart.
const headers = {
  'another-id': '01ARZ3NDEKTSV4RRFFQ69G5FAV-0000012345',
  'webhook-timestamp': '1700000000',
  'webhook-attempt': '1',
  'content-type': 'application/json',
  'user-agent': USER_AGENT,
};

async function worker(): Promise<void> {
  for (;;) {
    try {
      const answer = await pool.request({ path: pathname, method: 'POST', headers, body });
      await answer.body.dump();
    } catch {
      // The receiver closes what stood still for long; the next request connects again.
    }
  }
}

process.stdout.write('running\n');
await Promise.all(Array.from({ length: Number(connections) }, worker));
