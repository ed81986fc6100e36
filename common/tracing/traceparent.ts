/** A place in a trace, as the header `traceparent` carries it. */
export interface TraceParent {
  readonly traceId: string;
  readonly spanId: string;
  /** Bit 0: sampled. */
  readonly flags: number;
}

const TRACEPARENT = /^00-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-([0-9a-f]{2})$/;

/**
 * Reads a `traceparent`.
 *
 * @returns null when there is none, or none that is valid: the trace then begins again
 * @see W3C Trace Context, section 3.2
 */
export function parseTraceparent(header: string | undefined): TraceParent | null {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(header ?? '') ?? [];
  if (traceId === undefined || spanId === undefined) return null;
  return { traceId, spanId, flags: parseInt(flags ?? '0', 16) };
}

/** Writes a `traceparent`. */
export function formatTraceparent({ traceId, spanId, flags }: TraceParent): string {
  return `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, '0')}`;
}

/** Returns the header as it came when it can be passed on, else null. */
export function validTraceparent(header: string | undefined): string | null {
  return header !== undefined && TRACEPARENT.test(header) ? header : null;
}

/** The fields by which log lines and traces find each other, as OpenTelemetry names them. */
export interface TraceFields {
  readonly trace_id: string;
  readonly span_id: string;
}

/** Returns the fields of a `traceparent` for a log line; undefined when it is none. */
export function traceFields(header: string | undefined): TraceFields | undefined {
  const parent = parseTraceparent(header);
  return parent ? { trace_id: parent.traceId, span_id: parent.spanId } : undefined;
}
