/** Names the endpoint of WEBHOOK_URL where a subscription's id may stand. */
export const DEFAULT_ENDPOINT_ID = 'default';
