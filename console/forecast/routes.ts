import { z } from 'zod';
import { count, json, keyProblems, time } from '../../common/http/describe.ts';
import { route } from '../../common/http/route.ts';
import { EndpointView } from '../ledgers/endpoint-view.ts';
import { deliveryCounts } from '../status/delivery-counts.ts';
import { listEndpoints } from '../status/status.ts';
import type { StatusParts } from '../status/status.ts';
import { BOUNDS, forecastOf } from './forecast.ts';
import type { Fleet, Queue } from './forecast.ts';
import type { WaitingTrend } from './trend.ts';
import { nameOf, waitingNow, waitsAlone } from './waiting-now.ts';

export type ForecastDeps = StatusParts & { readonly trend: WaitingTrend };

const Forecast = z
  .object({
    waiting: count.describe('deliveries that wait now, without those between two attempts'),
    delivered_per_second: z.number().min(0).describe('over the last minute'),
    drained_per_second: z
      .number()
      .nullable()
      .describe('how many fewer wait each second, below 0: more; null: not known yet'),
    bound: z.enum(BOUNDS).nullable().describe('what holds it up; null: nothing waits'),
    advice: z.string().describe('what would make it faster, for people'),
    seconds_left: count
      .nullable()
      .describe('until nothing waits, if all goes on as in the last minute; null: no end in sight'),
    caught_up_at: time.nullable().describe('the same as a time'),
  })
  .meta({ id: 'Forecast' });

const EndpointForecast = z
  .object({ ...EndpointView.pick({ subscription: true, target: true, state: true }).shape })
  .extend(Forecast.shape)
  .meta({ id: 'EndpointForecast' });

const Forecasts = z
  .object({
    head: Forecast.describe('all endpoints that keep up, which are delivered to in one go'),
    endpoints: z
      .array(EndpointForecast)
      .describe('those that are behind or take nothing, whose deliveries wait on their own'),
  })
  .meta({ id: 'Forecasts' });

const getForecast = route(
  {
    method: 'get',
    path: '/forecast',
    operationId: 'getForecast',
    ...{ tags: ['status'], summary: 'Foretell when what waits will be delivered' },
    description:
      'Carries on what happened in the last minute. The first answer with an end comes ten ' +
      'seconds after the console has started.',
    responses: {
      200: json('For the head of the log and each endpoint', Forecasts),
      ...keyProblems(),
    },
  },
  async (c, parts: ForecastDeps) => {
    await parts.cluster.refresh();
    return c.json(forecasts(parts, Date.now()), 200);
  },
);

export const forecastRoutes = [getForecast];

/** Looks at what waits, for the trend and for the answer. */
export function lookAt(parts: StatusParts, nowMs: number) {
  const all = listEndpoints(parts, nowMs);
  const { unfinished, counts, cancelledAhead } = deliveryCounts(parts);
  const now = { unfinished, retrying: counts.retrying, cancelledAhead };
  return { all, waiting: waitingNow(all, now, nowMs) };
}

function forecasts(parts: ForecastDeps, nowMs: number): z.infer<typeof Forecasts> {
  const { trend, consumers } = parts;
  const { all, waiting } = lookAt(parts, nowMs);
  const states = consumers.states();
  const fleet: Fleet = {
    consumers: states.length,
    inFlight: all.reduce((sum, { in_flight }) => sum + in_flight, 0),
    places: states.reduce((sum, { places }) => sum + places, 0),
  };
  const keepingUp = all.filter((endpoint) => !waitsAlone(endpoint));
  const [only] = keepingUp;
  const head: Queue = {
    waiting: waiting.head,
    deliveredPerSecond: keepingUp.reduce((sum, { rate }) => sum + rate, 0),
    drainedPerSecond: trend.drainedPerSecond((then) => then.head),
    state: null,
    // With several endpoints one limit does not bound the others.
    rateLimit: keepingUp.length === 1 && only ? only.rate_limit : null,
    restingUntilMs: null,
    restingReason: null,
  };
  const endpoints = all.filter(waitsAlone).map((endpoint) => {
    const { subscription, target, state, resting_until } = endpoint;
    const name = nameOf(endpoint);
    const queue: Queue = {
      waiting: waiting.endpoints.get(name) ?? 0,
      deliveredPerSecond: endpoint.rate,
      drainedPerSecond: trend.drainedPerSecond((then) => then.endpoints.get(name)),
      ...{ state, rateLimit: endpoint.rate_limit },
      restingUntilMs: resting_until === null ? null : Date.parse(resting_until),
      restingReason: endpoint.resting_reason,
    };
    return { subscription, target, state, ...shown(queue, fleet, nowMs) };
  });
  return { head: shown(head, fleet, nowMs), endpoints };
}

function shown(queue: Queue, fleet: Fleet, nowMs: number): z.infer<typeof Forecast> {
  const { bound, advice, secondsLeft } = forecastOf(queue, fleet, nowMs);
  const tenth = (value: number) => Math.round(value * 10) / 10;
  const { waiting, deliveredPerSecond, drainedPerSecond } = queue;
  return {
    waiting,
    delivered_per_second: tenth(deliveredPerSecond),
    drained_per_second: drainedPerSecond === null ? null : tenth(drainedPerSecond),
    ...{ bound, advice, seconds_left: secondsLeft },
    caught_up_at: secondsLeft === null ? null : new Date(nowMs + secondsLeft * 1_000).toISOString(),
  };
}
