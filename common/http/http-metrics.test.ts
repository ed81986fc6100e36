import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { ask } from '../../test/support/ask.ts';
import { createRegistry } from '../process/metrics.ts';
import { createHttpApp } from './app.ts';
import { HttpProblem } from './problem.ts';

function anApp(level = 'silent') {
  const lines: string[] = [];
  const logger = pino({ level }, { write: (line: string) => void lines.push(line) });
  const registry = createRegistry('test');
  const app = createHttpApp({ logger, apiKeys: [], name: 'test', registry });
  app.get('/files/:id', (c) => {
    if (c.req.param('id') === 'none') throw new HttpProblem(404, 'No such file');
    return c.json({});
  });
  const figures = async () => (await (await ask(app, '/metrics')).text()).split('\n');
  return { app, lines, figures };
}

test('requests are counted by the pattern of their route, so ids make no new series', async () => {
  const { app, figures } = anApp();
  for (const id of ['1', '2', '3']) await ask(app, `/files/${id}`);
  const requests = (await figures()).filter((line) => line.startsWith('hookline_http_requests'));
  assert.deepEqual(requests, [
    'hookline_http_requests_total{method="GET",route="/files/:id",status="200"} 3',
  ]);
});

test('what is refused before any route has it is counted as answered, too', async () => {
  const { app, figures } = anApp();
  await ask(app, `/files/${'x'.repeat(9_000)}`);
  const requests = (await figures()).filter((line) => line.startsWith('hookline_http_requests'));
  assert.deepEqual(requests, [
    'hookline_http_requests_total{method="GET",route="/files/:id",status="414"} 1',
  ]);
});

test('what is refused is counted by its reason, unknown paths together', async () => {
  const { app, figures } = anApp();
  await ask(app, '/files/none');
  for (const path of ['/a', '/b']) await ask(app, path);
  await ask(app, '/files/1', { method: 'DELETE' });
  const refused = (await figures()).filter((line) => line.startsWith('hookline_http_refused'));
  assert.deepEqual(refused, [
    'hookline_http_refused_total{route="/files/:id",reason="not-found"} 1',
    'hookline_http_refused_total{route="other",reason="not-found"} 2',
    'hookline_http_refused_total{route="other",reason="method-not-allowed"} 1',
  ]);
});

test('at debug each request is logged with its id, at info none', async () => {
  const quiet = anApp('info');
  await ask(quiet.app, '/ping');
  assert.deepEqual(quiet.lines, []);
  const { app, lines } = anApp('debug');
  await ask(app, '/ping', { headers: { 'x-request-id': 'abc-1' } });
  const { requestId, path, status, msg } = JSON.parse(lines[0] ?? '{}') as Record<string, unknown>;
  const seen = { requestId, path, status, msg };
  assert.deepEqual(seen, {
    ...{ requestId: 'abc-1', path: '/ping', status: 200, msg: 'request.answered' },
  });
});
