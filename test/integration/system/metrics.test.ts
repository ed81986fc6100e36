// Goal: what is done can be seen at /metrics of the process that did it, and of the whole system.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { freePort } from '../../../infra/process/ports.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import { startFront } from '../../support/front.ts';
import { startOtlpReceiver } from '../../support/otlp-receiver.ts';
import type { ReceivedSpan } from '../../support/otlp-receiver.ts';
import { until } from '../../support/until.ts';

const KEY = { authorization: 'Bearer key' };

/** Every figure by its name with its labels, as Prometheus reads them. */
async function scrape(url: string): Promise<ReadonlyMap<string, number>> {
  const answer = await fetch(`${url}/metrics`, { headers: KEY });
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  const lines = (await answer.text()).split('\n').filter((line) => line && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.replace(/ \S+$/, ''), Number(line.split(' ').at(-1))]));
}

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';

/** Each request and attempt of the trace that the caller began, by its time. */
function tracedSteps(spans: readonly ReceivedSpan[]) {
  return spans
    .filter(({ traceId }) => traceId === TRACE_ID)
    .map(({ service, name, parentId, attributes, isError }) => {
      const status = attributes['http.response.status_code'];
      return { service, name, parentId, attempt: attributes['hookline.attempt'], status, isError };
    });
}

describe('figures for Prometheus, and traces', () => {
  test('real work moves those of every role', async (t) => {
    const metricsPort = await freePort('127.0.0.1');
    const collector = await startOtlpReceiver(t);
    const system = await aDeliverySystem(
      t,
      {
        ...{ PARTITIONS: '3', API_KEYS: 'key', RETRY_SCHEDULE: '200ms', LOG_LEVEL: 'debug' },
        METRICS_PORT: String(metricsPort),
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_TRACES_SAMPLER: 'parentbased_always_off',
      },
      { keep: 100 },
    );
    const consumerUrl = `http://127.0.0.1:${metricsPort}`;
    const consumer = system.start('consumer');
    const front = await startFront(system);
    const { url, consoleUrl } = front;
    const post = async (path: string, body: unknown, status: number, more = {}) => {
      const init = { method: 'POST', headers: { ...KEY, ...more }, body: JSON.stringify(body) };
      const answer = await fetch(url + path, init);
      assert.equal(answer.status, status, await answer.text());
    };
    const shows = (at: string, name: string, value: number) =>
      until(async () => (await scrape(at)).get(name) === value, {
        everyMs: 200,
        describe: () => `${name} ${value}; ${consumer.output()}`,
      });
    await until(() => fetch(`${consumerUrl}/ping`).then(Boolean, () => false));
    assert.equal((await fetch(`${consumerUrl}/metrics`)).status, 401, 'a key is asked for');

    for (let n = 0; n < 5; n += 1) await post('/send', { user_id: 'u', data: n }, 202);
    await post('/send', { user_id: '', data: 1 }, 400);
    await post('/send/batch', [{ user_id: 'u', data: 1 }, { user_id: 'u' }, 7], 207);
    await shows(
      consumerUrl,
      'hookline_delivery_attempts_total{outcome="delivered",status="200"}',
      6,
    );

    system.receiver.setMode({ mode: 'error', status: 503 });
    const traceparent = `00-${TRACE_ID}-${CALLER}-01`;
    await post('/send', { user_id: 'u', data: 'traced' }, 202, { traceparent });
    await post('/send', { user_id: 'u', data: 'not traced' }, 202);
    await shows(consumerUrl, 'hookline_delivery_attempts_total{outcome="dead",status="503"}', 2);
    await shows(consoleUrl, 'hookline_dead_letters', 2);
    system.receiver.setMode('ok');
    await post('/retry', {}, 202);
    await shows(
      consumerUrl,
      'hookline_delivery_attempts_total{outcome="delivered",status="200"}',
      8,
    );
    await shows(consoleUrl, 'hookline_dead_letters', 0);
    await shows(consoleUrl, 'hookline_deliveries{state="delivered"}', 8);
    await shows(consoleUrl, `hookline_topic_lag{topic="${system.names.deliveries}"}`, 0);
    // It is a second old at most: the retries may have been waiting then.
    await shows(consumerUrl, 'hookline_deliveries_waiting', 0);

    const seen = {
      producer: await scrape(url),
      console: await scrape(consoleUrl),
      consumer: await scrape(consumerUrl),
      receiver: await scrape(system.receiver.url),
    };
    const expected: readonly [role: keyof typeof seen, name: string, value: number][] = [
      ['producer', 'hookline_deliveries_accepted_total{source="http"}', 8],
      ['producer', 'hookline_http_refused_total{route="/send",reason="invalid-fields"}', 1],
      ['producer', 'hookline_http_refused_total{route="/send/batch",reason="invalid-fields"}', 2],
      ['producer', 'hookline_http_requests_total{method="POST",route="/send",status="202"}', 7],
      ['producer', 'hookline_http_requests_total{method="POST",route="/send",status="400"}', 1],
      ['producer', 'hookline_http_request_duration_seconds_count{method="POST",route="/send"}', 8],
      ['producer', 'hookline_ingest_held_back{lane="live"}', 0],
      ['console', 'hookline_http_requests_total{method="POST",route="/retry",status="202"}', 1],
      ['console', 'hookline_dead_letters_redriven_total', 2],
      ['console', 'hookline_consumers', 1],
      ['console', 'hookline_ready', 1],
      ['console', 'hookline_files{state="done"}', 0],
      ['console', 'hookline_replays_running', 0],
      ['consumer', 'hookline_delivery_attempts_total{outcome="retrying",status="503"}', 2],
      ['consumer', 'hookline_delivery_attempt_duration_seconds_count', 12],
      ['consumer', 'hookline_deliveries_dead_lettered_total', 2],
      ['consumer', 'hookline_endpoint_attempts_total{endpoint="default",outcome="dead"}', 2],
      ['consumer', 'hookline_partitions_owned', 3],
      ['receiver', 'hookline_receiver_deliveries_total{answer="accepted"}', 8],
      ['receiver', 'hookline_receiver_deliveries_total{answer="503"}', 4],
    ];
    for (const [role, name, value] of expected) {
      assert.equal(seen[role].get(name), value, `${role}: ${name}`);
    }
    for (const [role, figures] of Object.entries(seen)) {
      assert.ok((figures.get('process_cpu_seconds_total') ?? 0) > 0, role);
      const info = [...figures.keys()].find((name) => name.startsWith('hookline_build_info'));
      assert.match(info ?? '', new RegExp(`role="${role}"`));
    }

    // One trace from the caller by the log to each attempt, the retry and the redrive; no other.
    const ended = await Promise.all([front.producer.end('SIGTERM'), consumer.end('SIGTERM')]);
    assert.deepEqual(ended, [0, 0]);
    const spans = collector.spans.sort((a, b) => a.startedAtMs - b.startedAtMs);
    const request = spans.find(({ service }) => service === 'hookline-producer');
    const inLog = { service: 'hookline-consumer', name: 'POST', parentId: request?.spanId };
    assert.deepEqual(tracedSteps(spans), [
      {
        ...{ service: 'hookline-producer', name: 'POST /send', parentId: CALLER },
        ...{ attempt: undefined, status: 202, isError: false },
      },
      { ...inLog, attempt: 1, status: 503, isError: true },
      { ...inLog, attempt: 2, status: 503, isError: true },
      { ...inLog, attempt: 1, status: 200, isError: false },
    ]);
    assert.equal(spans.length, 4, 'what the sampler leaves out is not sent');
    const last = spans.at(-1);
    const [delivered, ...others] = system.receiver
      .deliveries(100)
      .filter(({ status, headers }) => status === 200 && headers['traceparent'] !== undefined);
    assert.equal(delivered?.headers['traceparent'], `00-${TRACE_ID}-${last?.spanId}-01`);
    assert.equal(others.length, 0);
    for (const [role, event] of [
      [front.producer, 'request.answered'],
      [consumer, 'attempt.ended'],
    ] as const) {
      const lines = role
        .output()
        .split('\n')
        .filter((line) => line.includes(`"${event}"`));
      assert.ok(
        lines.some((line) => line.includes(`"trace_id":"${TRACE_ID}"`)),
        event,
      );
    }
  });

  test('requests under way, rows of files and a resting endpoint are seen while they last', async (t) => {
    const metricsPort = await freePort('127.0.0.1');
    const system = await aDeliverySystem(t, {
      ...{ PARTITIONS: '3', API_KEYS: 'key', CONCURRENCY: '4', RETRY_SCHEDULE: '60s' },
      ...{ METRICS_PORT: String(metricsPort), DELIVERY_TIMEOUT_MS: '2000' },
    });
    system.start('consumer');
    const { url } = await startFront(system);
    const consumerUrl = `http://127.0.0.1:${metricsPort}`;
    system.receiver.setMode('hang');
    const body = new FormData();
    const rows = Array.from({ length: 100 }, (_, n) => `user-${n},alert ${n}\n`);
    body.append('file', new File(['user_id,alert_message\n', ...rows], 'some.csv'));
    const { status } = await fetch(`${url}/upload`, { method: 'POST', headers: KEY, body });
    assert.equal(status, 202);
    const figure = async (at: string, name: string) => (await scrape(at)).get(name) ?? 0;
    await until(() => fetch(`${consumerUrl}/ping`).then(Boolean, () => false));
    await until(async () => (await figure(consumerUrl, 'hookline_deliveries_in_flight')) > 0);
    await until(async () => (await figure(consumerUrl, 'hookline_deliveries_waiting')) > 0);
    assert.equal(await figure(url, 'hookline_deliveries_accepted_total{source="file"}'), 100);
    system.receiver.setMode({ mode: 'error', status: 429, retryAfter: 30 });
    const resting = 'hookline_endpoint_state{endpoint="default",state="paused"}';
    await until(async () => (await figure(consumerUrl, resting)) === 1);
    // Those that the receiver holds are given up after two seconds, pause or not.
    await until(async () => (await figure(consumerUrl, 'hookline_deliveries_in_flight')) === 0);
  });
});
