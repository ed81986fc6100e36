import { startChild } from './child.ts';

/** Number of a command's last lines that are kept, so that they fit on a screen. */
const LINES_KEPT = 12;
const GRACE_MS = 2_000;

/**
 * Runs a command that ends by itself; it is ended when our process is.
 *
 * @param onLine gets each line that it prints
 * @returns its exit code, null when a signal ended it, and the last lines that it printed
 */
export async function runToEnd(
  command: string,
  args: readonly string[],
  onLine: (line: string) => void = () => undefined,
): Promise<{ readonly code: number | null; readonly lastLines: string }> {
  const lines: string[] = [];
  const output = (line: string) => {
    lines.push(line);
    if (lines.length > LINES_KEPT) lines.shift();
    onLine(line);
  };
  const { code } = await startChild({ command, args, graceMs: GRACE_MS, output }).exited;
  return { code, lastLines: lines.join('\n') };
}
