import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RoleSpec } from './supervisor.ts';

const ROOT = join(import.meta.dirname, '..');

/** The npm scripts: the one place that says with which flags of V8 a role runs. */
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

function v8Flags(role: string): readonly string[] {
  return (scripts[role] ?? '').split(' ').filter((word) => word.startsWith('--'));
}

/**
 * V8 would let garbage pile up to hundreds of megabytes while a huge file is read. What the
 * producer really holds, a few transactions' worth of rows, is far below this heap. With less for
 * what is new than this, the requests under way would be copied over and over. And what V8 sees
 * to last while connections are opened it would make old at once for each request too, which then
 * keeps the request with it: in some starts 1.7 KB of each, and half as many requests a second.
 *
 * @see docs/benchmarks-notes.md#what-held-it-back
 */
export const PRODUCER_HEAP = v8Flags('producer');

/**
 * Heap limits of the consumer. It holds little beside what V8 would let pile up before a
 * collection: new objects in up to 128 MiB, and hundreds of MiB of garbage. The heap is collected
 * when it is twice what was in use after the last collection; a fixed limit would end a consumer of
 * very many subscriptions. A third instead of twice takes some 20 MiB less, and more than thrice as
 * many complete collections.
 *
 * @see docs/benchmarks-notes.md#what-a-consumer-holds
 */
export const CONSUMER_HEAP = v8Flags('consumer');

interface RolePlan {
  /** Environment of every role, on top of our own. */
  readonly env: Readonly<Record<string, string>>;
  readonly consolePort: number;
  /** Metrics port of the first consumer; the others have the next ports. 0: any free port. */
  readonly metricsPort: number;
  readonly consumers: number;
}

/**
 * The processes of `npm start` in the order of stopping: first what takes work in, then what
 * shows it, then what does it, and the receiver last, so that requests in flight get an answer.
 */
export function roleStages({ env, consolePort, metricsPort, consumers }: RolePlan): RoleSpec[][] {
  const role = (name: string, folder: string, more: Record<string, string> = {}): RoleSpec => ({
    name,
    command: process.execPath,
    args: [...v8Flags(folder), join(ROOT, folder, 'main.ts')],
    env: { ...env, ...more },
  });
  // The console is served behind the producer's port, so that one port serves the whole API and the
  // dashboard.
  const local = { HOST: '127.0.0.1' };
  const names =
    consumers === 1
      ? ['consumer']
      : Array.from({ length: consumers }, (_, index) => `consumer-${index + 1}`);
  return [
    [role('producer', 'producer', { CONSOLE_URL: `http://127.0.0.1:${consolePort}` })],
    [role('console', 'console', local)],
    names.map((name, index) => {
      const port = metricsPort === 0 ? 0 : metricsPort + index;
      return role(name, 'consumer', { METRICS_PORT: String(port) });
    }),
    [role('receiver', 'receiver')],
  ];
}

const PORT_SETTINGS: Readonly<Record<string, string>> = {
  producer: 'PORT',
  console: 'CONSOLE_PORT',
  consumer: 'METRICS_PORT',
  receiver: 'RECEIVER_PORT',
};

/** Where a role listens, and the setting that says so. @returns null where any port will do */
export function portOf({ name, env }: RoleSpec): { setting: string; port: number } | null {
  const setting = PORT_SETTINGS[name.replace(/-\d+$/, '')] as string;
  const port = Number(env[setting]);
  return port === 0 ? null : { setting, port };
}
