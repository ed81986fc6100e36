// A token server for client credentials, as a process of its own, that is strict with what it is
// sent (RFC 6749, sections 2.3.1 and 4.4): node oauth2-server-process.ts PORT CLIENT_ID SECRET
// It prints its port. `GET /seen` returns what was asked; `POST /mode` with JSON changes what it
// answers to the next requests for a token.
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Mode, Seen } from './oauth2-server.ts';

const [port = '0', clientId = '', clientSecret = ''] = process.argv.slice(2);
const seen: { granted: Seen['granted'][number][]; refused: string[] } = {
  granted: [],
  refused: [],
};
let mode: Mode = { expires_in: 3_600, status: 200 };

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => answer(request, response, String(Buffer.concat(chunks))));
});

function answer(request: IncomingMessage, response: ServerResponse, body: string): void {
  const json = (status: number, value: object) => {
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify(value));
  };
  if (request.url === '/seen') return json(200, seen);
  if (request.url === '/mode') {
    mode = { ...mode, ...(JSON.parse(body) as Partial<Mode>) };
    return json(200, mode);
  }
  const refusal = whyRefused(request, body);
  if (refusal !== null) {
    const { status, error, description } = refusal;
    seen.refused.push(`${error}: ${description}`);
    return json(status, { error, error_description: description });
  }
  if (mode.status === 0) return;
  if (mode.status !== 200) return json(mode.status, { error: 'temporarily_unavailable' });
  const { scope = null, audience = null } = Object.fromEntries(new URLSearchParams(body));
  const token = `token-${seen.granted.length + 1}-${Math.random().toString(36).slice(2)}`;
  seen.granted.push({ token, scope, audience });
  json(200, { access_token: token, token_type: 'Bearer', expires_in: mode.expires_in });
}

interface Refusal {
  readonly status: number;
  readonly error: string;
  readonly description: string;
}

function whyRefused({ method, url, headers }: IncomingMessage, body: string): Refusal | null {
  const bad = (description: string) => ({ status: 400, error: 'invalid_request', description });
  if (url !== '/token') return bad(`no such path: ${url}`);
  if (method !== 'POST') return bad(`method ${method}`);
  if (
    !/^application\/x-www-form-urlencoded(;\s*charset=utf-8)?$/i.test(headers['content-type'] ?? '')
  )
    return bad(`content type ${headers['content-type']}`);
  if (!/^Hookline\//.test(headers['user-agent'] ?? '')) return bad('an unknown user agent');
  if (!/application\/json/.test(headers.accept ?? '')) return bad('JSON is not accepted');
  if (Number(headers['content-length']) !== Buffer.byteLength(body)) return bad('its length');
  const [scheme, encoded = ''] = (headers.authorization ?? '').split(' ');
  const credentials = Buffer.from(encoded, 'base64').toString().split(':');
  // Both parts are form-encoded, so that a colon in them separates nothing.
  const given = credentials.map((part) => new URLSearchParams(`a=${part}`).get('a'));
  if (
    scheme !== 'Basic' ||
    given.length !== 2 ||
    given[0] !== clientId ||
    given[1] !== clientSecret
  )
    return { status: 401, error: 'invalid_client', description: `not known: ${given.join(' ')}` };
  const form = [...new URLSearchParams(body)];
  const names = form.map(([name]) => name);
  if (new Set(names).size !== names.length) return bad('a parameter that is there twice');
  const unknown = names.find((name) => !['grant_type', 'scope', 'audience'].includes(name));
  if (unknown !== undefined) return bad(`unknown parameter ${unknown}`);
  if (new URLSearchParams(body).get('grant_type') !== 'client_credentials')
    return { status: 400, error: 'unsupported_grant_type', description: 'client_credentials only' };
  if (form.some(([, value]) => value === '')) return bad('an empty parameter');
  return null;
}

server.listen(Number(port), '127.0.0.1', () => {
  console.log((server.address() as AddressInfo).port);
});
