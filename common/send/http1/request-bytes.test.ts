// Goal: whatever an id, a path or a header holds, it is one request, and the one that was meant.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import fc from '../../../test/support/property.ts';
import { RequestFormError, requestBytes } from './request-bytes.ts';

interface Arrived {
  readonly url: string | undefined;
  readonly headers: readonly string[];
  readonly body: string;
}

/** Returns every request that a server of node:http reads from some bytes. */
function arrivals(bytes: Buffer): Promise<readonly Arrived[]> {
  return new Promise((resolve, reject) => {
    const all: Arrived[] = [];
    const server = createServer((incoming: IncomingMessage, response) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const { url, rawHeaders: headers } = incoming;
        all.push({ url, headers, body: Buffer.concat(chunks).toString('latin1') });
        response.end();
      });
    });
    server.on('clientError', reject);
    const connection = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
    server.emit('connection', connection);
    connection.push(bytes);
    connection.push(null);
    // By then everything that was pushed has been parsed.
    setImmediate(() => setImmediate(() => setImmediate(() => resolve(all))));
  });
}

/** Text with what ends a line, a name or a head, in the forms that servers have fallen for. */
const hostile = fc
  .array(
    fc.constantFrom(
      ...['\r\n', '\n', '\r', '\0', ' ', '\t', ':', 'a', 'Z', '9', '-', '/', '?', '%0d%0a', '\x7f'],
      ...['\u010a', '\u010d', '\u560a', '\u2028', '\u0085', '\xff', 'é', '😀', '\ud800'],
      ...['HTTP/1.1', 'content-length: 0', 'transfer-encoding: chunked', '\r\n\r\nPOST / HTTP/1.1'],
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));
const usual = fc.stringMatching(/^[a-z0-9]{1,8}$/);
const text = fc.oneof(usual, hostile);
const aName = fc.oneof(
  usual,
  usual,
  fc.constantFrom('Host', 'CONTENT-LENGTH', 'Transfer-Encoding'),
  hostile,
);

test('an id, a path or a header is refused, or arrives as it is: one request, and no other', async () => {
  const seen = { arrived: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(
      text.map((part) => `/${part}`),
      fc.array(fc.tuple(aName, text), { maxLength: 3 }),
      hostile,
      async (path, fields, content) => {
        const headers = fields.flatMap(([name, value]) => [`x${name}`, value]);
        const body = Buffer.from(content);
        let bytes;
        try {
          bytes = requestBytes({ path, host: 'a.example', headers, body });
        } catch (error) {
          assert.ok(error instanceof RequestFormError);
          seen.refused += 1;
          return;
        }
        seen.arrived += 1;
        const own = ['host', 'a.example', 'connection', 'keep-alive'];
        const given = headers.map((one, n) =>
          n % 2 === 0 ? one : one.replace(/^[ \t]+|[ \t]+$/g, ''),
        );
        const all = [...own, ...given, 'content-length', String(body.length)];
        const arrived = { url: path, headers: all, body: body.toString('latin1') };
        assert.deepEqual(await arrivals(bytes), [arrived]);
      },
    ),
    { numRuns: 400 },
  );
  assert.ok(seen.arrived > 50 && seen.refused > 50, JSON.stringify(seen));
});

const BODY = Buffer.from('{}');
const REFUSED: readonly (readonly [
  title: string,
  path: string,
  host: string,
  headers: string[],
])[] = [
  ['a space in a path', '/a b', 'h', []],
  ['a path of another form', 'a', 'h', []],
  ['a line break in a host', '/', 'h\r\nx: y', []],
  ['an empty host', '/', '', []],
  ['an empty name', '/', 'h', ['', 'x']],
  ['a name with a colon', '/', 'h', ['a:b', 'x']],
  ['a character whose low byte is a line feed', '/', 'h', ['a', 'x\u010ay: z']],
  ['a second length', '/', 'h', ['Content-Length', '0']],
  ['another framing', '/', 'h', ['transfer-encoding', 'chunked']],
  ['the settings of another version', '/', 'h', ['HTTP2-Settings', 'x']],
  ['another host', '/', 'h', ['HOST', 'x']],
];
for (const [title, path, host, headers] of REFUSED) {
  test(`${title} is refused, each time`, () => {
    const build = () => requestBytes({ path, host, headers, body: BODY });
    assert.throws(build, RequestFormError);
    assert.throws(build, RequestFormError);
  });
}

test('the bytes of a request', () => {
  const headers = ['webhook-id', 'a', 'x-city', 'K\xf6ln'];
  assert.equal(
    requestBytes({ path: '/a?b=%20', host: 'h:1', headers, body: BODY }).toString('latin1'),
    'POST /a?b=%20 HTTP/1.1\r\nhost: h:1\r\nconnection: keep-alive\r\nwebhook-id: a\r\n' +
      'x-city: K\xf6ln\r\ncontent-length: 2\r\n\r\n{}',
  );
});
