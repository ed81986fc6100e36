// The sender alone, to one endpoint and to many with a connection each, in turns: plain and over
// TLS. `npm run bench` runs it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { createSender } from '../common/send/sender.ts';
import type { Sender } from '../common/send/sender.ts';
import { createTargetGuard } from '../common/security/target-guard.ts';
import { aCertificate } from './certificate.ts';
import { startScript } from './process.ts';
import { quantile } from './statistics.ts';

export interface EndpointsRun {
  readonly endpoints: number;
  readonly rounds: number;
  readonly isTls: boolean;
}

export interface EndpointsResult {
  readonly perSecond: number;
  readonly onePerSecond: number;
  /** The median of the rounds. */
  readonly ratio: number;
  /** Processor time of the sender for one request, µs. */
  readonly micros: number;
  readonly oneMicros: number;
  readonly failed: number;
}

const CONNECTIONS = 64;
const WINDOW_MS = 1_000;
/**
 * Requests to each endpoint before the measurement, so that connections are open and code is
 * compiled.
 */
const WARM_UP_REQUESTS = 20;
const TIMEOUT_MS = 15_000;
const DOMAIN = 'endpoint.example';

interface Window {
  readonly sent: number;
  readonly perSecond: number;
  readonly micros: number;
  readonly failed: number;
}

/** Files with a certificate for a name, for a target that speaks TLS; `remove` them afterwards. */
export function certificateFiles(name: string) {
  const dir = mkdtempSync(join(tmpdir(), 'hookline-bench-tls-'));
  const { key, cert } = aCertificate(name);
  writeFileSync(join(dir, 'key.pem'), key, { mode: 0o600 });
  writeFileSync(join(dir, 'cert.pem'), cert);
  const remove = () => rmSync(dir, { recursive: true, force: true });
  return { dir, cert, certFile: join(dir, 'cert.pem'), remove };
}

/** Sends to many endpoints and to one of them, a second each in turn. */
export async function measureEndpoints(run: EndpointsRun): Promise<EndpointsResult> {
  const files = certificateFiles(`*.${DOMAIN}`);
  setDefaultCACertificates([...getCACertificates('default'), files.cert]);
  const target = startScript('bench/target.ts', [], { TLS_DIR: files.dir });
  const [plain = '', tls = ''] = (await target.firstLine).split(' ');
  const { port, protocol } = new URL(run.isTls ? tls : plain);
  const resolve = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
  const guard = createTargetGuard(['127.0.0.0/8'], resolve);
  const sender = createSender({ timeoutMs: TIMEOUT_MS, guard });
  const origins = Array.from(
    { length: run.endpoints },
    (_, n) => `${protocol}//e${n}.${DOMAIN}:${port}`,
  );
  try {
    for (let sent = 0; sent < WARM_UP_REQUESTS * run.endpoints;) {
      sent += (await measure(sender, origins)).sent;
    }
    const rounds: { many: Window; one: Window }[] = [];
    for (let n = 0; n < run.rounds; n += 1) {
      const one = await measure(sender, origins.slice(0, 1));
      rounds.push({ one, many: await measure(sender, origins) });
    }
    return summarize(rounds);
  } finally {
    await sender.close();
    await target.end();
    files.remove();
  }
}

async function measure(sender: Sender, origins: readonly string[]): Promise<Window> {
  const body = Buffer.from(JSON.stringify({ userId: 'user-1', alertMessage: 'alert of row 1' }));
  const headers = ['webhook-timestamp', '1700000000', 'content-type', 'application/json'];
  let next = 0;
  let sent = 0;
  let failed = 0;
  const startedAtMs = performance.now();
  const cpuBefore = process.cpuUsage();
  const worker = async () => {
    while (performance.now() - startedAtMs < WINDOW_MS) {
      const origin = origins[next++ % origins.length] as string;
      const { outcome } = await sender.send({ origin, path: '/webhook', headers, body });
      sent += 1;
      if (outcome.kind !== 'accepted') failed += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  const { user, system } = process.cpuUsage(cpuBefore);
  const seconds = (performance.now() - startedAtMs) / 1_000;
  return { sent, perSecond: sent / seconds, micros: (user + system) / sent, failed };
}

function summarize(rounds: readonly { many: Window; one: Window }[]): EndpointsResult {
  const median = (of: (round: { many: Window; one: Window }) => number) =>
    quantile(rounds.map(of), 0.5);
  return {
    perSecond: Math.round(median(({ many }) => many.perSecond)),
    onePerSecond: Math.round(median(({ one }) => one.perSecond)),
    ratio: median(({ many, one }) => many.perSecond / one.perSecond),
    micros: median(({ many }) => many.micros),
    oneMicros: median(({ one }) => one.micros),
    failed: rounds.reduce((sum, { many, one }) => sum + many.failed + one.failed, 0),
  };
}
