/** A port that a role is to listen on. */
export interface WantedPort {
  /** The setting that names it. */
  readonly setting: string;
  readonly host: string;
  readonly port: number;
  /** Another free port will do, as nobody has asked for this one. */
  readonly isMovable?: boolean;
}

/**
 * Finds settings that ask for the same port.
 *
 * @returns one line for each clash; 0, any free port, clashes with nothing
 */
export function portClashes(wanted: readonly WantedPort[]): string[] {
  const fixed = wanted.filter(({ isMovable }) => !isMovable);
  return fixed.flatMap(({ setting, port }, index) => {
    const first = fixed.findIndex((other) => other.port === port);
    if (port === 0 || first === index) return [];
    return [`${setting}=${port}: ${fixed[first]?.setting} has that port; allowed: another one`];
  });
}
