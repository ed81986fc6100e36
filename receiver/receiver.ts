import { pino } from 'pino';
import type { z } from 'zod';
import { requestListener, serveListener } from '../common/http/serve.ts';
import type { Logger } from '../common/base/logger.ts';
import { createRegistry } from '../common/process/metrics.ts';
import type { Registry } from '../common/process/metrics.ts';
import { signingKey } from '../common/security/signature.ts';
import { CONTROL_POSTS, createControlApp } from './control.ts';
import { Mode } from './mode.ts';
import type { ModeName } from './mode.ts';
import { createStatsCounter } from './stats.ts';
import type { Stats } from './stats.ts';
import { createDeliveries } from './deliveries.ts';
import type { Kept } from './deliveries.ts';
import { createOutputFile } from './output-file.ts';

/** A mode's name, or the name with its parameters, as `POST /mode` takes it. */
export type ModeInput = ModeName | z.input<typeof Mode>;

export interface ReceiverOptions {
  readonly mode?: ModeInput;
  readonly host?: string;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** Verify signatures with it; without one they are not looked at. */
  readonly secret?: string;
  /** CSV file to append accepted alerts to; none is written without it. */
  readonly output?: string;
  /** How many of the last deliveries to keep for inspection; 0 by default. */
  readonly keep?: number;
  readonly logger?: Logger;
  readonly registry?: Registry;
  /** The output file can no longer be written. */
  readonly onError?: (error: unknown) => void;
}

export interface Receiver {
  readonly url: string;
  readonly port: number;
  stats(): Stats;
  /** The limiter starts again. @throws ZodError for a bad parameter */
  setMode(mode: ModeInput): void;
  /** The last deliveries, newest first. */
  deliveries(limit?: number): Kept[];
  /** Counts from zero again; the mode and the output file stay. */
  reset(): void;
  /** Lets running requests end, but not those that hang, and writes the output file. */
  close(): Promise<void>;
}

const GRACE_MS = 2_000;

/**
 * The simulated webhook server: a target to deliver to, and the instrument that counts what came.
 *
 * @throws AppError `port_unavailable`, or `secret_invalid`
 */
export async function createReceiver(options: ReceiverOptions = {}): Promise<Receiver> {
  const { keep = 0, logger = pino({ level: 'silent' }) } = options;
  const registry = options.registry ?? createRegistry('receiver');
  const onError = options.onError ?? ((err) => logger.error({ err }, 'output.write-failed'));
  const keys = options.secret ? [signingKey(options.secret)] : [];
  const output = options.output ? createOutputFile({ path: options.output, onError }) : null;
  let mode = parseMode(options.mode ?? 'ok');
  let stats = createStatsCounter();
  let kept: Kept[] = [];

  const deliveries = createDeliveries({
    wallMs: Date.now,
    steadyMs: () => performance.now(),
    random01: Math.random,
    mode: () => mode,
    stats: () => stats,
    keys,
    output,
    keep(one) {
      if (keep === 0) return;
      kept.push(one);
      if (kept.length >= 2 * keep) kept = kept.slice(-keep);
    },
  });

  const parts = {
    stats: () => stats.snapshot(),
    mode: () => mode,
    setMode(next: Mode) {
      mode = next;
      deliveries.resetLimiter();
    },
    reset() {
      stats = createStatsCounter();
      kept = [];
      deliveries.resetLimiter();
    },
    kept: (limit = keep) => kept.slice(-Math.min(limit, keep)).reverse(),
  };
  const control = requestListener(createControlApp({ ...parts, logger, registry }));

  const server = await serveListener({
    host: options.host ?? '127.0.0.1',
    port: options.port ?? 0,
    setting: 'RECEIVER_PORT',
    logger,
    listener(request, response) {
      const path = request.url?.split('?', 1)[0] ?? '/';
      if (request.method !== 'POST' || CONTROL_POSTS.has(path)) control(request, response);
      else deliveries.handle(request, response, path);
    },
  }).catch((error: unknown) => {
    output?.close();
    throw error;
  });
  return {
    url: server.url,
    port: server.port,
    stats: parts.stats,
    setMode: (input) => parts.setMode(parseMode(input)),
    deliveries: parts.kept,
    reset: parts.reset,
    async close() {
      deliveries.close();
      await server.close(GRACE_MS);
      output?.close();
    },
  };
}

function parseMode(input: ModeInput): Mode {
  return Mode.parse(typeof input === 'string' ? { mode: input } : input);
}
