import { DEFAULT_ENDPOINT_ID } from '../../common/default-endpoint.ts';
import { HEADER } from '../../common/delivery.ts';
import type { LogRecord } from '../../common/delivery.ts';

/** The endpoint that a record is for: a subscription's id, or `default`. */
export function endpointOf({ headers }: Pick<LogRecord, 'headers'>): string {
  return headers[HEADER.subscription] ?? DEFAULT_ENDPOINT_ID;
}

/** @returns null for the default endpoint, as in a delivery */
export function subscriptionOf(endpoint: string): string | null {
  return endpoint === DEFAULT_ENDPOINT_ID ? null : endpoint;
}
