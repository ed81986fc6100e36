import ipaddr from 'ipaddr.js';

/** An entry of NO_PROXY in its parts. */
export interface Bypass {
  /** `*`, a network, an address in its usual form, or a name with all that is below it. */
  readonly host: string;
  /** null: each port. */
  readonly port: number | null;
}

const IN_BRACKETS = /^\[(.*)\](?::(\d{1,5}))?$/;
const NAME = /^(?:\*?\.)?([\w-]+(?:\.[\w-]+)*)\.?(?::(\d{1,5}))?$/;

/**
 * Reads an entry of NO_PROXY.
 *
 * @returns null for an entry that no target could match
 */
export function parseBypass(entry: string): Bypass | null {
  if (entry === '*') return { host: '*', port: null };
  if (entry.includes('/')) return ipaddr.isValidCIDR(entry) ? { host: entry, port: null } : null;
  if (ipaddr.IPv6.isValid(entry)) return { host: usualAddress(entry), port: null };
  const [, address, addressPort] = IN_BRACKETS.exec(entry) ?? [];
  if (address !== undefined) {
    if (!ipaddr.IPv6.isValid(address)) return null;
    return { host: usualAddress(address), port: portOf(addressPort) };
  }
  const [, name, port] = NAME.exec(entry) ?? [];
  if (name === undefined) return null;
  const host = ipaddr.isValid(name) ? usualAddress(name) : name.toLowerCase();
  return { host, port: portOf(port) };
}

/** Writes an address in one form, whatever form it came in. */
export function usualAddress(address: string): string {
  return ipaddr.process(address).toString();
}

function portOf(text: string | undefined): number | null {
  return text === undefined ? null : Number(text);
}
