import type { EndpointReport } from '../../common/model/consumer-state.ts';
import type { Endpoints } from '../endpoint/endpoints.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';

const ENDPOINTS_REPORTED = 100;

/**
 * The endpoints that have something to do, or cannot do it.
 *
 * @param waitingFor how many deliveries of an endpoint are not under way
 */
export function endpointReports(
  endpoints: Endpoints,
  waitingFor: (endpoint: Endpoint) => number,
): EndpointReport[] {
  const reports: EndpointReport[] = [];
  for (const endpoint of endpoints.all()) {
    const { state, rate: ratePerSecond, inFlight, settings } = endpoint;
    const { restingUntilMs: restingUntil } = endpoint;
    const waiting = waitingFor(endpoint);
    if (state === 'open' && waiting === 0 && inFlight === 0) continue;
    const figures = { ratePerSecond, restingUntil, inFlight, waiting };
    reports.push({ subscription: settings.id, state, ...figures });
    if (reports.length === ENDPOINTS_REPORTED) break;
  }
  return reports;
}
