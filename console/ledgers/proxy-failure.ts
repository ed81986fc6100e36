/** Whether an endpoint pauses as its proxy fails: its target was not asked. */
export function isProxyFailing({ last_error: error }: { readonly last_error: string | null }) {
  return /^proxy\b/.test(error ?? '');
}
