import type { ConsumerState } from '../../common/model/consumer-state.ts';
import type { Recipients } from '../../common/subscriptions/fan-out.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';
import type { Endpoints } from '../endpoint/endpoints.ts';
import { endpointReports } from './endpoint-reports.ts';
import { inFlightReports } from './in-flight-reports.ts';

interface Deps {
  readonly concurrency: number;
  readonly recipients: Pick<Recipients, 'filteredCounts'>;
  readonly endpoints: Pick<Endpoints, 'all' | 'underWay'>;
  /** Endpoints that are reported at most. */
  readonly endpointsReported: number;
}

type Load = Pick<ConsumerState, 'places' | 'filteredOut' | 'endpoints' | 'inFlight'>;

/** Reports what is under way, for whom, and how much could be. */
export function loadReport(
  deps: Deps,
  waitingFor: (endpoint: Endpoint) => number,
  nowMs: number,
): Load {
  const { endpoints, endpointsReported } = deps;
  return {
    places: deps.concurrency,
    filteredOut: deps.recipients.filteredCounts.report(),
    endpoints: endpointReports(endpoints, waitingFor, endpointsReported),
    inFlight: inFlightReports(endpoints, nowMs),
  };
}
