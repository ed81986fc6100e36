/** A port that a role is to listen on. */
export interface WantedPort {
  /** The setting that names it. */
  readonly setting: string;
  readonly host: string;
  readonly port: number;
}

/**
 * Finds settings that ask for the same port.
 *
 * @returns one line for each clash; 0, any free port, clashes with nothing
 */
export function portClashes(wanted: readonly WantedPort[]): string[] {
  return wanted.flatMap(({ setting, port }, index) => {
    const first = wanted.findIndex((other) => other.port === port);
    if (port === 0 || first === index) return [];
    return [`${setting}=${port}: ${wanted[first]?.setting} has that port; allowed: another one`];
  });
}
