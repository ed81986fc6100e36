import { DEFAULT_ENDPOINT_ID } from '../../common/subscriptions/default-endpoint.ts';

/** @returns null for the default endpoint, as in a delivery */
export function subscriptionOf(endpoint: string): string | null {
  return endpoint === DEFAULT_ENDPOINT_ID ? null : endpoint;
}
