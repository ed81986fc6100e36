export type StartFailure = 'folder-in-use' | 'port-taken' | 'other';

/** Why a broker ended before it was ready, told from what it logged. */
export function startFailure(log: string): StartFailure {
  if (/Failed to acquire lock on file|OverlappingFileLockException/.test(log)) {
    return 'folder-in-use';
  }
  if (/Address already in use|BindException/.test(log)) return 'port-taken';
  return 'other';
}

/** The lines worth showing when a broker failed: its last errors, else its last lines. */
export function lastErrors(log: string): string {
  const lines = log.split('\n').filter((line) => line.trim() !== '');
  const errors = lines.filter((line) => /\b(ERROR|FATAL)\b|Exception|^Error/.test(line));
  return (errors.length > 0 ? errors : lines).slice(-8).join('\n');
}

/**
 * Whether a broker has said that it listens at an address.
 *
 * @param mark of its lines: the log may hold those of another start as well
 */
export function saysListening(log: string, mark: string, address: string): boolean {
  const said = ` - Awaiting socket connections on ${address}.`;
  return log.split('\n').some((line) => line.endsWith(said) && line.includes(` ${mark} [`));
}
