import { createRequire } from 'node:module';
import { pino } from 'pino';
import type { Logger } from 'pino';
import type * as PinoPretty from 'pino-pretty';

export type { Logger };

const require = createRequire(import.meta.url);

/**
 * One logger for a process: JSON lines, or readable lines on a terminal.
 *
 * @param name  the role: `producer`, `consumer`, …
 * @param level a pino level, or `silent`
 */
export function createLogger(name: string, level: string): Logger {
  const options = {
    name,
    level,
    // Bodies belong to users and secrets to nobody's log, whatever an object carries.
    redact: ['body', '*.body', 'secret', '*.secret', '*.authorization', '*.sasl'],
  };
  // Synchronous, so that a crash loses no line and the last ones keep their order.
  if (!process.stdout.isTTY) return pino(options, standardOutput());
  // Loaded for a terminal only: most processes write for a file or for another program.
  const { build } = require('pino-pretty') as typeof PinoPretty;
  return pino(options, build({ sync: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l' }));
}

/** pino goes silent when nobody reads its lines; a listener on standard output learns of it. */
function standardOutput() {
  const destination = pino.destination({ fd: 1, sync: true });
  destination.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' && process.stdout.listenerCount('error') > 0) {
      process.stdout.emit('error', error);
    }
  });
  return destination;
}
