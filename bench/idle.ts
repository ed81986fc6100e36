// Measures the cost of an idle `npm start`, how soon it starts, and how soon deliveries go on after
// `kill -9` of the consumer; beside another checkout of Hookline, in turns:
//   node bench/idle.ts [--against FOLDER] [--rounds 3] [--rest 30]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../infra/process/ports.ts';
import { compareCheckouts } from './compare.ts';
import { COMPARE_OPTIONS, countOption, optionsOrExit } from './options.ts';
import { cpuSeconds, startScript } from './process.ts';
import { residentMiB } from './waiting-system.ts';

const HOST = '127.0.0.1';
/**
 * Time after a start in which code is compiled, topics are read and groups are joined, in ms; it
 * does not count as idle.
 */
const SETTLE_MS = 15_000;
const SEND_EVERY_MS = 50;
/** Deliveries that go on for so long have recovered. */
const STEADY_MS = 3_000;
const TIMEOUT_MS = 60_000;

const FIGURES = {
  startNew: 'start, new folder, s',
  startAgain: 'start, again, s',
  cpuNode: 'at rest, Node processes, % of a core',
  cpuBroker: 'at rest, broker, % of a core',
  cpu: 'at rest, all, % of a core',
  nodeMiB: 'at rest, Node processes, MiB',
  recoveryS: 'kill -9 of the consumer to the next delivery, s',
  lost: 'accepted and not delivered',
} as const;
type Figures = Readonly<Record<keyof typeof FIGURES, number>>;

const {
  against,
  rounds = 3,
  rest: restS = 30,
} = optionsOrExit({
  script: 'bench/idle.ts',
  summary: 'Measures what an idle system costs, its start, and its recovery from a kill.',
  examples: [['--against ../before', 'in turns with another checkout']],
  options: { ...COMPARE_OPTIONS, rest: countOption('seconds for which the system is idle') },
});

interface Running {
  readonly url: string;
  readonly startedS: number;
  /** Returns the processes of the system, with the command line of each. */
  processes(): readonly { readonly pid: number; readonly command: string }[];
  stop(): Promise<void>;
}

/** `npm start` of a checkout, with the Node that its `npm ci` has brought. */
async function start(root: string, env: Record<string, string>): Promise<Running> {
  const startedAtMs = performance.now();
  const child = spawn(join(root, 'node_modules/.bin/node'), [join(root, 'infra/start.ts')], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  while (!said.includes('Hookline runs.')) {
    if (child.exitCode !== null) throw new Error(`${root} did not start: ${said}`);
    await sleep(10);
  }
  const { pid = 0 } = child;
  return {
    url: `http://${HOST}:${env['PORT']}`,
    startedS: (performance.now() - startedAtMs) / 1_000,
    processes: () => descendants(pid),
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** A process and all that it has started. */
function descendants(root: number): { pid: number; command: string }[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return [{ pid: Number(name), parent, command }];
      } catch {
        return [];
      }
    });
  const under = (pid: number): typeof all =>
    all.filter(({ parent }) => parent === pid).flatMap((one) => [one, ...under(one.pid)]);
  return [...all.filter(({ pid }) => pid === root), ...under(root)];
}

async function atRest(system: Running) {
  await sleep(SETTLE_MS);
  const all = system.processes();
  const broker = all.filter(({ command }) => command.includes('kafka.Kafka'));
  const nodes = all.filter(({ command }) => /^\S*\/node .*main\.ts|start\.ts/.test(command));
  const cpuOf = (some: typeof all) => some.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0);
  const [nodeBefore, brokerBefore] = [cpuOf(nodes), cpuOf(broker)];
  await sleep(restS * 1_000);
  const cpuNode = (100 * (cpuOf(nodes) - nodeBefore)) / restS;
  const cpuBroker = (100 * (cpuOf(broker) - brokerBefore)) / restS;
  const nodeMiB = nodes.reduce((sum, { pid }) => sum + residentMiB(pid), 0);
  return { cpuNode, cpuBroker, cpu: cpuNode + cpuBroker, nodeMiB };
}

/** Sends all the time, kills the consumer, and waits until deliveries have gone on for a while. */
async function recover(system: Running, targetUrl: string) {
  const accepted: string[] = [];
  let isSending = true;
  const sending = (async () => {
    while (isSending) {
      const body = JSON.stringify({ user_id: `user-${accepted.length % 100}`, data: {} });
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${system.url}/send`, { method: 'POST', headers, body });
      if (answer.status === 202) accepted.push(((await answer.json()) as { id: string }).id);
      else await answer.body?.cancel();
      await sleep(SEND_EVERY_MS);
    }
  })();
  const arrivals = async () => {
    const answer = await fetch(`${targetUrl}/arrivals`);
    return (await answer.json()) as Record<string, number>;
  };
  await sleep(STEADY_MS);
  const consumer = system.processes().find(({ command }) => command.includes('consumer/main.ts'));
  if (!consumer) throw new Error('no consumer runs');
  process.kill(consumer.pid, 'SIGKILL');
  const killedAtMs = performance.timeOrigin + performance.now();
  const give = performance.now() + TIMEOUT_MS;
  let firstAfter = Infinity;
  while (firstAfter === Infinity && performance.now() < give) {
    await sleep(100);
    // Requests that the killed process had sent may still arrive.
    const later = Object.values(await arrivals()).filter((atMs) => atMs > killedAtMs + 100);
    firstAfter = Math.min(Infinity, ...later);
  }
  await sleep(STEADY_MS);
  isSending = false;
  await sending;
  await sleep(STEADY_MS);
  const arrived = await arrivals();
  const lost = accepted.filter((id) => !(id in arrived)).length;
  return { recoveryS: (firstAfter - killedAtMs) / 1_000, lost };
}

async function measure(root: string): Promise<Figures> {
  const dataDir = mkdtempSync(join(tmpdir(), 'hookline-bench-'));
  const target = startScript('bench/target.ts');
  const targetUrl = await target.firstLine;
  const [port, consolePort, receiverPort] = [
    await freePort(HOST),
    await freePort(HOST),
    await freePort(HOST),
  ];
  const env = {
    ...{ DATA_DIR: dataDir, KAFKA_BROKERS: '', LOG_LEVEL: 'warn' },
    ...{ PORT: `${port}`, CONSOLE_PORT: `${consolePort}`, RECEIVER_PORT: `${receiverPort}` },
    ...{ WEBHOOK_URL: `${targetUrl}/webhook`, ALLOW_TARGETS: '127.0.0.0/8' },
  };
  try {
    const first = await start(root, env);
    const rest = await atRest(first).catch(async (error: unknown) => {
      await first.stop();
      throw error;
    });
    const recovered = await recover(first, targetUrl);
    await first.stop();
    const second = await start(root, env);
    await second.stop();
    return { startNew: first.startedS, startAgain: second.startedS, ...rest, ...recovered };
  } finally {
    await target.end();
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 20 });
  }
}

await compareCheckouts({
  ...{ titles: FIGURES, digits: 2, measure },
  ...{ against, rounds },
});
process.exit();
