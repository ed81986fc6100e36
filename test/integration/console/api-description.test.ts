// Goal: the description at /openapi.json is valid, complete and the one that people read at /docs.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import type { OpenApiDocument } from '../../../common/http/docs/document.ts';
import { startFront } from '../../support/front.ts';
import { openStream } from '../../support/stream.ts';
import { aDeliverySystem } from '../../support/delivery.ts';

/** As README and the contract have them. */
const PUBLIC_ROUTES = [
  ...['GET /ping', 'GET /health/live', 'GET /health/ready', 'GET /openapi.json', 'GET /metrics'],
  ...[
    'POST /s3-events',
    'POST /send',
    'POST /send/batch',
    'POST /events',
    'POST /ingest/{subscriptionId}',
  ],
  ...[
    'POST /upload',
    'GET /files',
    'GET /files/{id}',
    'GET /files/{id}/rejected',
    'GET /status',
    'GET /forecast',
  ],
  ...['POST /files/{id}/cancel', 'DELETE /users/{id}'],
  ...['GET /stream', 'GET /series', 'GET /topics', 'GET /topics/{topic}/records'],
  ...['GET /dead-letters/groups', 'POST /dead-letters/discard'],
  ...['GET /deliveries/{id}/body', 'POST /deliveries/{id}/resend'],
  ...['POST /sources', 'GET /sources', 'GET /sources/{topic}'],
  ...['PATCH /sources/{topic}', 'DELETE /sources/{topic}'],
  ...['POST /subscriptions', 'GET /subscriptions', 'GET /subscriptions/{id}'],
  ...['PATCH /subscriptions/{id}', 'DELETE /subscriptions/{id}'],
  ...['POST /subscriptions/{id}/rotate-secret', 'POST /subscriptions/{id}/test'],
  ...['POST /subscriptions/{id}/enable', 'POST /subscriptions/{id}/disable'],
  'POST /subscriptions/{id}/filter/test',
  ...['POST /subscriptions/{id}/pause', 'POST /subscriptions/{id}/resume'],
  ...['GET /subscriptions/{id}/logs', 'GET /subscription/logs/{id}'],
  ...['GET /deliveries', 'GET /deliveries/{id}', 'GET /dead-letters'],
  ...['POST /dead-letters/redrive', 'POST /retry'],
  ...[
    'POST /replays',
    'GET /replays',
    'GET /replays/volume',
    'GET /replays/{id}',
    'DELETE /replays/{id}',
  ],
  'POST /offsets/reset',
];

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: object }>>;
}

describe('the description of the API', () => {
  test('is valid OpenAPI 3.1 and has every route behind the port', async (t) => {
    const system = await aDeliverySystem(t, { PARTITIONS: '3', API_KEYS: 'key' });
    const { url, console: behind } = await startFront(system);

    const answer = await fetch(`${url}/openapi.json`);
    assert.equal(answer.status, 200, 'no key is asked for');
    const document = (await answer.json()) as OpenApiDocument;
    const validator = new Validator();
    const { valid, errors } = await validator.validate({ ...document });
    assert.ok(valid, JSON.stringify(errors));
    assert.equal(validator.version, '3.1');
    assert.deepEqual(document.security, [{ bearer: [] }]);

    const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
      Object.entries(item as Record<string, Operation>).map(
        ([method, { responses }]) => [`${method.toUpperCase()} ${path}`, responses] as const,
      ),
    );
    assert.deepEqual(operations.map(([route]) => route).sort(), PUBLIC_ROUTES.toSorted());
    const plain = operations.flatMap(([route, responses]) =>
      Object.entries(responses)
        .filter(([status, { content = {} }]) => {
          return Number(status) >= 400 && !('application/problem+json' in content);
        })
        .map(([status]) => `${route} ${status}`),
    );
    assert.deepEqual(plain, [], 'every error is a problem');

    await behind.end('SIGKILL');
    const away = await fetch(`${url}/openapi.json`);
    assert.equal(away.status, 503, 'half a description would be a wrong one');
    assert.match(((await away.json()) as { detail: string }).detail, /console does not answer/);
  });

  test('is shown by Swagger UI, all of it from this server', async (t) => {
    const system = await aDeliverySystem(t, { PARTITIONS: '3', API_KEYS: 'key' });
    const { url, producer } = await startFront(system);
    const page = await fetch(`${url}/docs`);
    assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'/);
    const html = await page.text();
    const assets = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, path]) => path ?? '');
    assert.equal(assets.length, 3);
    for (const path of assets) {
      assert.match(path, /^\/docs\//, 'from nowhere else');
      const asset = await fetch(url + path);
      assert.equal(asset.status, 200, path);
      const text = await asset.text();
      if (path.endsWith('bundle.js')) assert.match(text, /SwaggerUIBundle/);
      if (path.endsWith('start.js')) assert.match(text, /\/openapi\.json/);
    }

    // A stream of the console behind the port ends with the process that has the port.
    assert.equal((await fetch(`${url}/stream`)).status, 401);
    const stream = await openStream(url, { authorization: 'Bearer key' });
    await stream.until(({ summary }) => typeof summary.headline === 'string');
    const [code] = await Promise.all([producer.end('SIGTERM'), stream.ended()]);
    assert.equal(code, 0);
  });
});
