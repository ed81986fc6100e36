import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { startOtlpReceiver } from '../../test/support/otlp-receiver.ts';
import { createLogger } from '../base/logger.ts';
import { loadConfig } from '../config/config.ts';
import { openTracing } from './open-tracing.ts';
import { parseTraceparent } from './traceparent.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const logger = createLogger('test', 'silent');

async function aTracing(t: TestContext, env: Record<string, string>) {
  const { url, spans } = await startOtlpReceiver(t);
  // The exporter reads the environment itself, as every OpenTelemetry SDK does.
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = url;
  t.after(() => void delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT']);
  const open = new AsyncDisposableStack();
  const config = loadConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: url, ...env });
  const tracing = (await openTracing('test', { config, logger, open })) ?? assert.fail('off');
  return { tracing, spans, close: () => open.disposeAsync() };
}

test('without a collector nothing is traced', async () => {
  const open = new AsyncDisposableStack();
  assert.equal(await openTracing('test', { config: loadConfig({}), logger, open }), undefined);
});

test('a span goes on with the trace that came in, and reaches the collector at the end', async (t) => {
  const { tracing, spans, close } = await aTracing(t, { OTEL_SERVICE_NAME: 'mine' });
  const span = tracing.start('client', 'POST', `00-${TRACE}-${SPAN}-01`, { a: 1, none: undefined });
  span.end({ b: 'x' }, 'timeout');
  await close();
  const [sent, ...others] = spans;
  assert.deepEqual(others, []);
  const { traceId, parentId, service, name, attributes, isError } = sent ?? assert.fail('none');
  assert.deepEqual(
    { traceId, parentId, service, name, attributes, isError },
    {
      ...{ traceId: TRACE, parentId: SPAN, service: 'mine', name: 'POST', isError: true },
      attributes: { a: 1, b: 'x', 'error.type': 'timeout' },
    },
  );
  assert.equal(span.traceparent, `00-${TRACE}-${sent?.spanId}-01`);
  assert.deepEqual(span.fields, { trace_id: TRACE, span_id: sent?.spanId });
});

test('the sampler keeps its part of what begins here, and follows what came in', async (t) => {
  const { tracing, spans, close } = await aTracing(t, {
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.25',
  });
  const started = Array.from({ length: 400 }, () => tracing.start('server', 'a', undefined, {}));
  for (const span of started) span.end({});
  const kept = started.filter(({ traceparent }) => traceparent !== null);
  assert.ok(kept.length > 50 && kept.length < 150, `${kept.length} of 400`);
  const asked = tracing.start('server', 'b', `00-${TRACE}-${SPAN}-01`, {});
  asked.end({});
  const refused = tracing.start('server', 'c', `00-${TRACE}-${SPAN}-00`, {});
  refused.end({});
  // A later step must not begin a trace of its own for what is not sampled.
  assert.deepEqual(parseTraceparent(refused.traceparent ?? undefined)?.flags, 0);
  assert.equal(refused.fields, undefined);
  await close();
  assert.equal(spans.length, kept.length + 1);
});
