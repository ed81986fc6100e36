import {
  DiagLogLevel,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  diag,
  trace,
} from '@opentelemetry/api';
import type { Context, Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Sampler } from '@opentelemetry/sdk-trace';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { VERSION } from '../base/version.ts';
import type { Config } from '../config/config.ts';
import { formatTraceparent, parseTraceparent } from './traceparent.ts';
import type { Span, SpanKind as Kind, Tracing } from './tracing.ts';

/** Longest time that a stop waits for the collector, in ms: deliveries matter more than traces. */
const SHUTDOWN_MS_MAX = 2_000;
/** A collector that is away would be in the log every five seconds. */
const SAME_WARNING_MS = 60_000;

const KINDS = {
  server: SpanKind.SERVER,
  producer: SpanKind.PRODUCER,
  client: SpanKind.CLIENT,
} as const satisfies Record<Kind, SpanKind>;

interface Deps {
  readonly config: Config;
  readonly logger: Logger;
  readonly open: AsyncDisposableStack;
}

/**
 * Starts the SDK. The exporter reads what else OpenTelemetry specifies from the environment:
 * OTEL_EXPORTER_OTLP_HEADERS, _TIMEOUT, _COMPRESSION, _CERTIFICATE and their like.
 */
export function startSdk(role: string, { config, logger, open }: Deps): Tracing {
  reportTo(logger);
  const own = {
    'service.name': config.OTEL_SERVICE_NAME || `hookline-${role}`,
    'service.version': VERSION,
    'service.namespace': config.TOPIC_PREFIX,
  };
  const given = detectResources({ detectors: [envDetector] });
  const provider = new TracerProvider({
    resource: defaultResource().merge(resourceFromAttributes(own)).merge(given),
    sampler: samplerOf(config),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  });
  open.defer(async () => {
    const late = AbortSignal.timeout(SHUTDOWN_MS_MAX);
    const isLate = new Promise((resolve) => late.addEventListener('abort', resolve));
    const shutDown = provider.shutdown().catch((error: unknown) => {
      logger.warn({ err: messageOf(error) }, 'traces.not-sent');
    });
    await Promise.race([shutDown, isLate]);
  });
  const tracer = provider.getTracer('hookline', VERSION);
  return { start: (...of) => startSpan(tracer, ...of) };
}

function startSpan(
  tracer: Tracer,
  ...[kind, name, parent, attributes]: Parameters<Tracing['start']>
): Span {
  const context = contextOf(parent);
  const span = tracer.startSpan(
    name,
    { kind: KINDS[kind], attributes: { ...attributes } },
    context,
  );
  const { traceId, spanId, traceFlags } = span.spanContext();
  const isSampled = (traceFlags & TraceFlags.SAMPLED) !== 0;
  const isPassedOn = isSampled || context !== ROOT_CONTEXT;
  return {
    traceparent: isPassedOn ? formatTraceparent({ traceId, spanId, flags: traceFlags }) : null,
    fields: isSampled ? { trace_id: traceId, span_id: spanId } : undefined,
    end(more, error) {
      if (!isSampled) return;
      span.setAttributes({ ...more });
      if (error !== undefined) {
        span.setAttribute('error.type', error);
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end();
    },
  };
}

function contextOf(header: string | undefined): Context {
  const parent = parseTraceparent(header);
  if (!parent) return ROOT_CONTEXT;
  const { traceId, spanId, flags: traceFlags } = parent;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

/** @see OpenTelemetry, "General SDK Configuration", OTEL_TRACES_SAMPLER */
function samplerOf({ OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: ratio }: Config): Sampler {
  const root = rootSampler(name.replace(/^parentbased_/, ''), ratio);
  return name.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root;
}

function rootSampler(name: string, ratio: number): Sampler {
  if (name === 'always_off') return new AlwaysOffSampler();
  if (name === 'always_on') return new AlwaysOnSampler();
  return new TraceIdRatioBasedSampler(ratio);
}

/** Puts what the SDK has to say into our log. */
function reportTo(logger: Logger): void {
  let last = { text: '', atMs: 0 };
  const warn = (text: string) => {
    const atMs = Date.now();
    if (text === last.text && atMs - last.atMs < SAME_WARNING_MS) return;
    last = { text, atMs };
    logger.warn({ detail: text }, 'traces.trouble');
  };
  const ignore = () => undefined;
  const levels = { error: warn, warn, info: ignore, debug: ignore, verbose: ignore };
  diag.setLogger(levels, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
}
