import type { Logger } from '../common/base/logger.ts';
import { startChild } from './process/child.ts';
import { keepRunning } from './process/keep-running.ts';
import type { KeptProcess } from './process/keep-running.ts';

/** One process to run. */
export interface RoleSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

interface Deps {
  /** In the order of stopping; the roles of one inner list stop together. Started in reverse. */
  readonly stages: readonly (readonly RoleSpec[])[];
  readonly logger: Logger;
  /** Gets every line that a role prints. */
  readonly onLine: (role: string, line: string) => void;
  /** How long a role may drain after TERM before KILL. */
  readonly graceMs: number;
  /** Returns further environment variables of a role each time the role is started. */
  readonly moreEnv?: () => Readonly<Record<string, string>>;
  /** Called whenever a role has ended. @param isFirst it was not started again before */
  readonly onExit?: (role: RoleSpec, isFirst: boolean) => void;
}

export interface Supervisor {
  /** Process ids of the roles that run at this moment, by name. */
  readonly pids: ReadonlyMap<string, number>;
  /** Stops stage after stage, each once the one before has drained. No process is left. */
  stop(): Promise<void>;
  /** Ends every role at once. */
  kill(): void;
}

/** Starts the roles and keeps them running until `stop`: a crashed one is started again. */
export function startSupervisor(deps: Deps): Supervisor {
  const { logger, graceMs, onLine } = deps;
  const kept = new Map<string, KeptProcess>();
  for (const spec of deps.stages.toReversed().flat()) {
    const { name, command, args, env } = spec;
    const output = (line: string) => onLine(name, line);
    let starts = 0;
    const start = () => {
      const isFirst = (starts += 1) === 1;
      const all = { ...env, ...deps.moreEnv?.() };
      const child = startChild({ command, args, env: all, graceMs, output });
      void child.exited.then(() => deps.onExit?.(spec, isFirst));
      return child;
    };
    kept.set(name, keepRunning({ name, start, logger }));
  }
  return {
    get pids() {
      const running = [...kept].map(([name, { pid }]) => [name, pid] as const);
      return new Map(running.filter((entry): entry is [string, number] => entry[1] !== null));
    },
    stop: async () => {
      for (const stage of deps.stages) {
        await Promise.all(stage.map(async ({ name }) => kept.get(name)?.stop()));
      }
    },
    kill: () => {
      for (const role of kept.values()) role.kill();
    },
  };
}
