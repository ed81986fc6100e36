import type { EndpointReport } from '../../common/model/consumer-state.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';

type Reported = Pick<
  Endpoint,
  'state' | 'rate' | 'inFlight' | 'restingUntilMs' | 'restingReason'
> & {
  readonly settings: Pick<Endpoint['settings'], 'id' | 'isStopped'>;
};

/**
 * The endpoints that have something to do, or cannot do it. Those that take nothing come first, so
 * that a limit leaves them out last: it is for them that people look here.
 *
 * @param waitingFor how many deliveries of an endpoint are not under way
 * @param most how many endpoints are reported at most
 */
export function endpointReports<One extends Reported>(
  endpoints: { all(): Iterable<One> },
  waitingFor: (endpoint: One) => number,
  most: number,
): EndpointReport[] {
  const closed: EndpointReport[] = [];
  const open: EndpointReport[] = [];
  for (const endpoint of endpoints.all()) {
    const { state, rate: ratePerSecond, inFlight, settings } = endpoint;
    const { restingUntilMs: restingUntil, restingReason } = endpoint;
    const isOpen = state === 'open';
    const reports = isOpen ? open : closed;
    if (reports.length >= most) continue;
    const waiting = waitingFor(endpoint);
    if (isOpen && waiting === 0 && inFlight === 0) continue;
    const figures = { ratePerSecond, restingUntil, restingReason, inFlight, waiting };
    const stopped = settings.isStopped ? { isStopped: true } : {};
    reports.push({ subscription: settings.id, state, ...stopped, ...figures });
  }
  return [...closed, ...open].slice(0, most);
}
