import { commandLine } from './command.ts';
import type { Command } from './command.ts';

/** The help of a command: what it does, examples, and each option. */
export function usageText({ script, summary, examples, options, operand, notes }: Command): string {
  const lines: [string, string][] = Object.entries(options).map(([name, option]) => [
    option.kind === 'flag' ? `--${name}` : `--${name} ${option.placeholder}`,
    option.kind === 'list' ? `${option.help}; may be given several times` : option.help,
  ]);
  const operands: [string, string][] = operand ? [[operand.placeholder, operand.help]] : [];
  const shown = examples.map(([words, does]): [string, string] => [
    commandLine(script, words),
    does,
  ]);
  return [
    summary,
    '',
    ...columns(shown),
    '',
    ...columns([...operands, ...lines, ['--help, -h', 'shows this text and does nothing else']]),
    ...(notes ? ['', ...notes] : []),
  ].join('\n');
}

function columns(lines: readonly [string, string][]): string[] {
  const width = Math.max(...lines.map(([left]) => left.length));
  return lines.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd());
}
