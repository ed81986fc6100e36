// The image's HEALTHCHECK: exit code 0 when the role of this container is well, else 1.
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { messageOf } from '../../common/errors.ts';
import { loadConfigOrExit } from '../../common/run-role.ts';
import { splitAddress } from '../kafka/metadata-probe.ts';
import { healthCheck } from './decide/health-check.ts';

/** Below the timeout of HEALTHCHECK, so that the reason is said. */
const ANSWER_WITHIN_MS = 4_000;

/** @throws Error  what is not well */
async function check(): Promise<void> {
  const config = loadConfigOrExit();
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const wanted = healthCheck(globSync('/proc/[0-9]*/cmdline').map(commandLine), config);
  switch (wanted.kind) {
    case 'http': {
      const { status } = await fetch(wanted.url, { signal });
      if (status !== 200) throw new Error(`${wanted.url} answers ${status}`);
      return;
    }
    case 'broker':
      await Promise.any(wanted.brokers.map((address) => reach(address, signal)));
      return;
    case 'none':
      throw new Error('no role runs in this container');
  }
}

/** A connection and no more: brokers may ask for TLS and a password. */
async function reach(address: string, signal: AbortSignal): Promise<void> {
  const [host, port] = splitAddress(address);
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect', { signal });
  } finally {
    socket.on('error', () => undefined).destroy();
  }
}

function commandLine(file: string): string {
  try {
    return readFileSync(file, 'utf8').replaceAll('\0', ' ');
  } catch {
    return ''; // It has just ended.
  }
}

await check().catch((error: unknown) => {
  console.error(messageOf(error));
  process.exitCode = 1;
});
