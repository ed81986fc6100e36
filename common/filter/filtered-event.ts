import { readBody } from './exact-json.ts';
import type { FilteredEvent } from './filter.ts';

/** A record of the log as filters see it; its body is parsed once, and only when it is needed. */
export class RecordEvent implements FilteredEvent {
  readonly user: string | null;
  private readonly record: RecordParts;
  private lowerCased: Readonly<Record<string, string>> | null = null;
  private parsed: { readonly body: unknown } | null = null;

  constructor(record: RecordParts) {
    this.record = record;
    this.user = record.key;
  }

  get headers(): Readonly<Record<string, string>> {
    return (this.lowerCased ??= lowerCased(this.record.headers));
  }

  get body(): unknown {
    return (this.parsed ??= { body: readBody(this.record.value) }).body;
  }
}

interface RecordParts {
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** Headers by their names in lower case. */
export function lowerCased(
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}
