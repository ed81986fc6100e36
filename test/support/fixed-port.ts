import { randomInt } from 'node:crypto';
import { isPortFree } from '../../infra/process/ports.ts';

/** Below those of outgoing connections, or one of these has it when the broker comes back. */
const PORTS = { from: 20_000, to: 30_000 };

/**
 * A port for a broker that goes away and comes back at its address; the next one is free as well.
 * At random and not by a test's seed, so that two runs of one seed do not meet.
 */
export async function fixedPort(host: string): Promise<number> {
  for (;;) {
    const port = randomInt(PORTS.from, PORTS.to);
    if ((await isPortFree(host, port)) && (await isPortFree(host, port + 1))) return port;
  }
}
