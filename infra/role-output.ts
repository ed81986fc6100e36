import { prettyFactory } from 'pino-pretty';

/**
 * Prints the lines of all roles on one terminal, each with its role in front. Where a person
 * reads, JSON log lines are made readable.
 *
 * @param width of the longest role name, so that the lines align
 */
export function createRoleOutput(out: NodeJS.WriteStream, width: number) {
  const pretty = prettyFactory({
    colorize: true,
    singleLine: true,
    ignore: 'pid,hostname,name',
    translateTime: 'HH:MM:ss.l',
  });
  return (role: string, line: string): void => {
    const text = out.isTTY && line.startsWith('{') ? pretty(line).trimEnd() : line;
    out.write(`${role.padEnd(width)} | ${text}\n`);
  };
}
