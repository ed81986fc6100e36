import type { TraceFields } from './traceparent.ts';

export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** One step of a trace, from its start to its end. */
export interface Span {
  /**
   * W3C `traceparent` for what follows from the span. Null when nothing is to be passed on: no
   * trace came in, and the sampler began none.
   */
  readonly traceparent: string | null;
  /** Fields for log lines; undefined when the span is not sampled. */
  readonly fields: TraceFields | undefined;
  /** @param error kind of the failure, one of few words; absent: it went well */
  end(attributes: Attributes, error?: string): void;
}

/** Role of a span in its trace, in OpenTelemetry's words. */
export type SpanKind = 'server' | 'producer' | 'client';

/** Starts spans; exists only where tracing is switched on. */
export interface Tracing {
  /** @param parent a `traceparent` that came in; undefined begins a trace, if the sampler agrees */
  start(kind: SpanKind, name: string, parent: string | undefined, attributes: Attributes): Span;
}
