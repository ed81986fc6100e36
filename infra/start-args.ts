import { parseArgs } from 'node:util';
import { messageOf } from '../common/errors.ts';

const CONSUMERS_MAX = 64;

export const USAGE = [
  'npm start                     runs everything: Kafka, receiver, consumer, console, producer',
  'npm start -- --consumers 3    with three consumer processes in one group',
].join('\n');

export type StartArgs =
  | { readonly kind: 'run'; readonly consumers: number }
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly reason: string };

/** Reads the words after `npm start --`. */
export function parseStartArgs(args: readonly string[]): StartArgs {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        consumers: { type: 'string', default: '1' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return { kind: 'help' };
    const consumers = /^\d{1,3}$/.test(values.consumers) ? Number(values.consumers) : 0;
    if (consumers >= 1 && consumers <= CONSUMERS_MAX) return { kind: 'run', consumers };
    const given = JSON.stringify(values.consumers);
    return { kind: 'refused', reason: `--consumers ${given}: allowed: 1 to ${CONSUMERS_MAX}` };
  } catch (error) {
    return { kind: 'refused', reason: messageOf(error) };
  }
}
