/** Where connections lead to, read from an origin once. */
export interface Target {
  readonly isTls: boolean;
  /** A name or an address, without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** Host and port as the Host header names them. */
  readonly host: string;
}

/** @param origin scheme, host and port */
export function targetOf(origin: string): Target {
  const { protocol, hostname, port, host } = new URL(origin);
  const isTls = protocol === 'https:';
  const usual = isTls ? 443 : 80;
  return {
    isTls,
    hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? usual : Number(port),
    host,
  };
}
