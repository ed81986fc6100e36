import type { IConversionOptions, Message } from 'protobufjs';
import type * as protobufjs from 'protobufjs';

export type Protobuf = Pick<typeof protobufjs, 'Root' | 'Type' | 'common' | 'parse' | 'wrappers'>;

interface Seconds {
  readonly seconds?: { toString(): string } | number;
  readonly nanos?: number;
}

const NANOS_DIGITS = 9;
const WRAPPERS = [
  'Double',
  'Float',
  'Int64',
  'UInt64',
  'Int32',
  'UInt32',
  'Bool',
  'String',
  'Bytes',
];

/** Teaches protobufjs the messages that are not written as objects in JSON, such as a time. */
export function addWellKnown({ wrappers }: Protobuf): void {
  const add = (name: string, write: (plain: never, message: never) => unknown) => {
    wrappers[`.google.protobuf.${name}`] ??= {
      fromObject(object: Record<string, unknown>) {
        return this.fromObject(object);
      },
      toObject(message: Message, options?: IConversionOptions) {
        return write(this.toObject(message, options) as never, message as never) as never;
      },
    };
  };
  add('Timestamp', (_, message: Seconds) => timeText(message));
  add('Duration', (_, { seconds = 0, nanos = 0 }: Seconds) => {
    const sign = nanos < 0 || String(seconds).startsWith('-') ? '-' : '';
    return `${sign}${String(seconds).replace('-', '')}${fraction(Math.abs(nanos))}s`;
  });
  for (const one of WRAPPERS) add(`${one}Value`, valueOf);
  add('FieldMask', ({ paths = [] }: { paths?: string[] }) => paths.map(camelCase).join(','));
  add('Struct', ({ fields = {} }: { fields?: object }) => fields);
  add('ListValue', ({ values = [] }: { values?: unknown[] }) => values);
  add('Value', (plain: object) => {
    const [[kind, value] = ['nullValue', null]] = Object.entries(plain);
    return kind === 'nullValue' ? null : value;
  });
}

/** One that is the default of its type is not in the message, but it is a value. */
function valueOf({ value }: { value?: unknown }, message: { value: unknown }): unknown {
  if (value !== undefined) return value;
  const standard = message.value;
  if (typeof standard === 'object') return Buffer.isBuffer(standard) ? '' : String(standard);
  return standard;
}

function timeText({ seconds = 0, nanos = 0 }: Seconds): string {
  const date = new Date(Number(seconds) * 1_000);
  if (Number.isNaN(date.getTime())) throw new Error(`a time of ${String(seconds)} seconds`);
  return `${date.toISOString().slice(0, -'.000Z'.length)}${fraction(nanos)}Z`;
}

/** With three, six or nine digits, or nothing. */
function fraction(nanos: number): string {
  if (nanos === 0) return '';
  const digits = String(nanos).padStart(NANOS_DIGITS, '0');
  return `.${digits.replace(/(000){1,2}$/, '')}`;
}

const camelCase = (path: string) =>
  path.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
