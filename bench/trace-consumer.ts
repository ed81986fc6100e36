// Loaded into a consumer before its main.ts (node --import): notes when each delivery passes from
// one stage to the next, and writes that down at the end. The product itself measures nothing.
import { writeFileSync } from 'node:fs';
import { HEADER } from '../common/model/delivery.ts';
import { Connection } from '../common/send/connection.ts';
import { InFlightRequest } from '../common/send/in-flight-request.ts';
import { Endpoint } from '../consumer/endpoint/endpoint.ts';
import { unpack } from '../common/kafka/protocol/decode-records.ts';
import { Engine } from '../consumer/engine.ts';

/** Times of one delivery, ms since 1970 with fractions. */
export interface Trace {
  fetched: number;
  /** Held back by the endpoint's limiter, ms. */
  limitedMs: number;
  started: number;
  /** The request is written, or waits for its connection to be made. */
  written: number;
  answered: number;
}

const nowMs = () => performance.timeOrigin + performance.now();
const traces = new Map<string, Trace>();
/** Time since which the endpoint has refused to start another delivery. */
let refusedSinceMs: number | null = null;

const { onPacked } = Engine.prototype;
Engine.prototype.onPacked = function (batch) {
  const fetched = nowMs();
  for (const record of batch.records) {
    const { headers } = unpack(record, batch.topic, batch.partition);
    const id = headers[HEADER.id];
    if (id === undefined) continue;
    traces.set(id, { fetched, limitedMs: 0, started: NaN, written: NaN, answered: NaN });
  }
  onPacked.call(this, batch);
};

const { tryStart, requestFor } = Endpoint.prototype;
Endpoint.prototype.tryStart = function () {
  const isGranted = tryStart.call(this);
  if (!isGranted) refusedSinceMs ??= nowMs();
  return isGranted;
};

Endpoint.prototype.requestFor = function (delivery) {
  const trace = traces.get(delivery.id);
  if (trace) {
    trace.started = nowMs();
    const refused = Math.max(trace.fetched, refusedSinceMs ?? trace.started);
    trace.limitedMs = trace.started - refused;
  }
  refusedSinceMs = null;
  return requestFor.call(this, delivery);
};

const { send } = Connection.prototype;
Connection.prototype.send = function (exchange) {
  const trace = traces.get(exchange.request.delivery?.id ?? '');
  if (trace) trace.written = nowMs();
  send.call(this, exchange);
};

const { onAnswer } = InFlightRequest.prototype;
InFlightRequest.prototype.onAnswer = function (answer) {
  const trace = traces.get(this.request.delivery?.id ?? '');
  if (trace) trace.answered = nowMs();
  onAnswer.call(this, answer);
};

process.once('exit', () => {
  writeFileSync(String(process.env['TRACE_FILE']), JSON.stringify(Object.fromEntries(traces)));
});
