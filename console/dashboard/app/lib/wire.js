/** Endpoints of the status under the names of the contract. */
export function withContractNames(status) {
  const endpoints = status.endpoints.map((one) => ({
    ...one,
    target: one.target ?? one.url,
    rate: one.rate ?? one.rate_per_second,
    rate_limit: one.rate_limit ?? one.limit_per_second,
  }));
  return { ...status, endpoints };
}

/** Names of members as the API has them now: snake_case throughout. */
export function snakeCased(value) {
  if (Array.isArray(value)) return value.map(snakeCased);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name.replaceAll(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      snakeCased(one),
    ]),
  );
}
