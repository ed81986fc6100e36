import { spawn } from 'node:child_process';
import type { StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const END_WITH_PARENT = join(import.meta.dirname, 'end-with-parent.sh');

export interface ChildSpec {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** How long the child may take to end after TERM, before KILL. */
  readonly graceMs: number;
  /** An open file that takes all output, or a function that gets each line without its end. */
  readonly output: number | ((line: string) => void);
}

/** How a process ended: by `code`, or by `signal`. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Child {
  readonly pid: number;
  /**
   * Resolves when the process and its watcher have ended and the last line of output has been
   * passed on.
   */
  readonly exited: Promise<Exit>;
  /** TERM, then KILL after the grace. `killed`: the grace was not enough. */
  stop(): Promise<{ readonly killed: boolean }>;
  /** KILL at once; for a stop that must not wait. */
  kill(): void;
  /** Lets our own process end while the child still runs; the child ends with it. */
  unref(): void;
}

/**
 * Starts a process that ends when ours does, however ours ends. It gets a session of its own,
 * so that a terminal's Ctrl-C reaches only us and we stop the children in order.
 *
 * @throws Error  when there is no /bin/sh
 */
export function startChild(spec: ChildSpec): Child {
  const output = typeof spec.output === 'number' ? spec.output : 'pipe';
  // The last one is held by the watcher alone, so that its end is seen.
  const stdio: StdioOptions = ['pipe', output, output, 'pipe'];
  const graceS = String(Math.ceil(spec.graceMs / 1_000));
  const child = spawn('/bin/sh', [END_WITH_PARENT, graceS, spec.command, ...spec.args], {
    stdio,
    detached: true,
    env: { ...process.env, ...spec.env },
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`cannot start ${spec.command}: there is no /bin/sh`);
  // `close` comes after `exit`, when the output has been read to its end and the watcher is gone.
  let ended = false;
  const exited = once(child, 'close').then(([code, signal]): Exit => {
    ended = true;
    return { code: code as number | null, signal: signal as NodeJS.Signals | null };
  });
  const watcher = child.stdio[3] as Socket;
  watcher.on('error', () => undefined).resume();
  // The watcher would go by itself in a moment; now, so that nothing is left when we end.
  child.once('exit', () => killGroup(pid));
  // The child never reads, so a broken pipe says nothing that `exited` does not say.
  child.stdin?.on('error', () => undefined);
  if (typeof spec.output === 'function') {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', spec.output);
    }
  }
  const kill = () => {
    if (!ended) killGroup(pid);
  };
  return {
    pid,
    exited,
    kill,
    unref: () => {
      child.unref();
      (child.stdin as { unref?: () => void } | null)?.unref?.();
      watcher.unref();
    },
    stop: async () => {
      let killed = false;
      const timer = setTimeout(() => {
        killed = true;
        kill();
      }, spec.graceMs);
      child.kill('SIGTERM');
      await exited;
      clearTimeout(timer);
      return { killed };
    },
  };
}

/** The group holds the child and the watcher that waits for our end. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The process has just ended by itself.
  }
}
