import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { sum } from './statistics.ts';

export const ROOT = join(import.meta.dirname, '..');
/** Clock ticks a second in /proc, the same on every Linux. */
const TICKS_PER_S = 100;

const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

export interface Measured {
  readonly pid: number;
  /** The first line that it prints. */
  readonly firstLine: Promise<string>;
  /** Stands still until `goOn`. */
  pause(): void;
  goOn(): void;
  end(): Promise<void>;
  kill(): Promise<void>;
}

/** Starts one of our scripts, or of another checkout, with the Node that runs us. */
export function startScript(
  script: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
  flags: readonly string[] = [],
  root = ROOT,
): Measured {
  return startProgram(process.execPath, [...flags, join(root, script), ...args], env);
}

export function startProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Measured {
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`cannot start ${program} ${args.join(' ')}`);
  const exited = once(child, 'exit');
  running.add(child);
  child.once('exit', () => running.delete(child));
  const endBy = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await exited;
  };
  const firstLine = firstLineOf(child);
  // Most print nothing, and nobody waits for it.
  firstLine.catch(() => {});
  return {
    ...{ pid, firstLine },
    pause: () => void child.kill('SIGSTOP'),
    goOn: () => void child.kill('SIGCONT'),
    end: () => endBy('SIGTERM'),
    kill: () => endBy('SIGKILL'),
  };
}

async function firstLineOf({ stdout }: ChildProcess): Promise<string> {
  if (!stdout) return '';
  const lines = createInterface({ input: stdout });
  const ended = once(lines, 'close').then(() => {
    throw new Error('a script ended before it printed anything');
  });
  const [line] = (await Promise.race([once(lines, 'line'), ended])) as [string];
  return line;
}

/** The most memory that a process ever had resident; NaN where there is no /proc. */
export function peakMemoryMiB(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Math.round(Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024);
  } catch {
    return NaN;
  }
}

/** Processor time of a process so far, s; NaN where there is no /proc. */
export function cpuSeconds(pid: number | null): number {
  try {
    // Fields 14 and 15, counted behind the name, which may hold spaces.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
  } catch {
    return NaN;
  }
}

/**
 * Processor time that a virtual machine wanted and its host gave to others, since it was started,
 * and what there was in all, in ticks; NaN where there is no /proc.
 */
export function stolenTicks(): { readonly stolen: number; readonly all: number } {
  try {
    const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
    // user, nice, system, idle, iowait, irq, softirq, steal: proc(5).
    const ticks = line.trim().split(/ +/).slice(1, 9).map(Number);
    return { stolen: ticks[7] ?? NaN, all: sum(ticks) };
  } catch {
    return { stolen: NaN, all: NaN };
  }
}

/** Processor time that processes take while something runs. */
export class CpuMeter<Name extends string> {
  private readonly pids: Readonly<Record<Name, number | null>>;
  private readonly seconds = new Map<Name, number>();

  constructor(pids: Readonly<Record<Name, number | null>>) {
    this.pids = pids;
  }

  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    const before = this.read();
    const result = await work();
    for (const [name, seconds] of this.read()) {
      const more = seconds - (before.get(name) ?? NaN);
      this.seconds.set(name, (this.seconds.get(name) ?? 0) + more);
    }
    return result;
  }

  /** s for 100,000 of what was done `count` times; NaN of a process that is not known. */
  per100k(count: number): Record<Name, number> {
    const entries = [...this.seconds].map(([name, seconds]) => [name, (seconds / count) * 100_000]);
    return Object.fromEntries(entries) as Record<Name, number>;
  }

  private read(): Map<Name, number> {
    const pids = Object.entries(this.pids) as [Name, number | null][];
    return new Map(pids.map(([name, pid]) => [name, cpuSeconds(pid)]));
  }
}
