import type { RunningRole } from './delivery.ts';

/** A process that is started again when it ends by itself, as the supervisor does. */
export interface Supervised {
  readonly crashes: number;
  readonly output: () => string;
  /** Ends it for good. @returns the exit code, null after a signal */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

export function supervise(start: () => RunningRole): Supervised {
  let running = start();
  let said = '';
  let crashes = 0;
  let isEnding = false;
  const keep = async (): Promise<void> => {
    const code = await running.exited;
    // A signal comes from the test: `end`, or the test's own end.
    if (isEnding || code === null) return;
    crashes += 1;
    said += running.output();
    running = start();
    void keep();
  };
  void keep();
  return {
    get crashes() {
      return crashes;
    },
    output: () => said + running.output(),
    end(signal) {
      isEnding = true;
      return running.end(signal);
    },
  };
}
