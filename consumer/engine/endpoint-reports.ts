import type { EndpointReport } from '../../common/consumer-state.ts';
import type { Endpoints } from '../deliver/endpoints.ts';
import type { Dispatcher } from './dispatcher.ts';

const ENDPOINTS_REPORTED = 100;

/** The endpoints that have something to do, or cannot do it. */
export function endpointReports(
  endpoints: Endpoints,
  dispatcher: Pick<Dispatcher, 'waitingFor'>,
): EndpointReport[] {
  const reports: EndpointReport[] = [];
  for (const endpoint of endpoints.all()) {
    const { state, rate: ratePerSecond, inFlight, settings } = endpoint;
    const { restingUntilMs: restingUntil } = endpoint;
    const waiting = dispatcher.waitingFor(endpoint);
    if (state === 'open' && waiting === 0 && inFlight === 0) continue;
    const figures = { ratePerSecond, restingUntil, inFlight, waiting };
    reports.push({ subscription: settings.id, state, ...figures });
    if (reports.length === ENDPOINTS_REPORTED) break;
  }
  return reports;
}
