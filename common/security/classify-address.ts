import ipaddr from 'ipaddr.js';

/** Addresses of one network, such as 10.0.0.0/8. */
export type Network = ReturnType<typeof ipaddr.parseCIDR>;

/** All that is routed worldwide in IPv6 lies here; beyond it is nothing, or what embeds IPv4. */
const GLOBAL_IPV6 = ipaddr.parseCIDR('2000::/3');
/** Public by its number, yet each Azure machine's own platform answers there. */
const AZURE_PLATFORM = '168.63.129.16';
const LOOPBACK_NAME =
  /^((.+\.)?localhost|localhost[46]|(localhost|localhost[46])\.localdomain[46]?|ip6-(localhost|loopback))\.?$/i;

/**
 * Whether deliveries to a URL that came by the API may go to an address. Only what is public may
 * be reached: everything special is refused by default, as are addresses that carry another one
 * inside (6to4, Teredo, NAT64), for what they lead to depends on the network.
 *
 * @param address IPv4 or IPv6 as text, without brackets
 * @param allowed networks that may be reached although they are not public
 * @returns the kind of address that is refused, such as `private`; null when it may be reached
 */
export function classifyAddress(address: string, allowed: readonly Network[]): string | null {
  // The address is read as the system would read it: no octal, no missing parts.
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) && !ipaddr.IPv6.isValid(address)) {
    return 'malformed';
  }
  // An IPv4-mapped address is that IPv4 address for every system that connects to it.
  const parsed = ipaddr.process(address);
  const isWithin = ([network, bits]: Network) =>
    network.kind() === parsed.kind() && parsed.match(network, bits);
  if (allowed.some(isWithin)) return null;
  const range = parsed.range();
  if (range !== 'unicast') return range;
  if (parsed.kind() === 'ipv6' && !isWithin(GLOBAL_IPV6)) return 'reserved';
  return parsed.toString() === AZURE_PLATFORM ? 'metadata' : null;
}

/** @throws Error when the text is no network; the settings have refused such a text before */
export function parseNetwork(text: string): Network {
  return ipaddr.parseCIDR(text);
}

/**
 * Whether a name means this machine wherever it is looked up: `localhost` and all below it
 * (RFC 6761, 6.3), and the names that hosts files give to loopback.
 */
export function isLoopbackName(hostname: string): boolean {
  return LOOPBACK_NAME.test(hostname);
}
