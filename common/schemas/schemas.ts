import { AppError, messageOf } from '../base/errors.ts';
import { decoderOf } from './decode.ts';
import type { Registry } from './registry.ts';
import type { Decode } from './schema.ts';
import { framed } from './wire-format.ts';

/** Whoever waits asks again and again; the registry is asked this often. */
const ASK_EVERY_MS = 2_000;
/** A record that nobody has asked for since then does not wait any more. */
const WAITS_FOR_MS = 30_000;

/** A value as JSON, or why it cannot be JSON. */
export type Decoded =
  { readonly json: Buffer; readonly error: null } | { readonly json: null; readonly error: string };

interface Missing {
  readonly error: Error;
  readonly askedAtMs: number;
  wantedAtMs: number;
}

/** Decodes values by the schemas of a registry, each of which is read once. */
export class Schemas {
  private readonly registry: Pick<Registry, 'schema'>;
  private readonly nowMs: () => number;
  private readonly known = new Map<number, Decode>();
  private readonly asked = new Map<number, Promise<void>>();
  private readonly missing = new Map<number, Missing>();

  constructor(registry: Pick<Registry, 'schema'>, nowMs: () => number = () => Date.now()) {
    this.registry = registry;
    this.nowMs = nowMs;
  }

  /** Whether a value can be decoded, or needs no schema. */
  isKnown(value: Buffer | null): boolean {
    return this.unknownIdIn(value) === null;
  }

  /**
   * Reads the schemas that values need and that are not known.
   *
   * @throws AppError schema_unavailable: one cannot be had now; `missing` has the reason
   */
  async settle(values: Iterable<Buffer | null>): Promise<void> {
    const ids = new Set([...values].flatMap((value) => this.unknownIdIn(value) ?? []));
    await Promise.all([...ids].map((id) => this.load(id)));
  }

  /** @returns null: the value has no schema. Call it for values that `isKnown`. */
  decode(value: Buffer | null): Decoded | null {
    const frame = framed(value);
    if (frame === null) return null;
    if (frame === 'broken') return refused('it is cut off before the id of its schema ends');
    const decode = this.known.get(frame.schemaId);
    if (!decode) return refused(`schema ${frame.schemaId} is not known`);
    try {
      return { json: Buffer.from(decode(frame.payload)), error: null };
    } catch (error) {
      return refused(`it does not fit schema ${frame.schemaId}: ${messageOf(error)}`);
    }
  }

  /** Schemas that records wait for, and why they cannot be had. */
  waitedFor(): readonly string[] {
    const sinceMs = this.nowMs() - WAITS_FOR_MS;
    for (const [id, { wantedAtMs }] of this.missing) {
      if (wantedAtMs < sinceMs) this.missing.delete(id);
    }
    return [...this.missing].map(([id, { error }]) => `schema ${id}: ${error.message}`);
  }

  private unknownIdIn(value: Buffer | null): number | null {
    const frame = framed(value);
    if (frame === null || frame === 'broken' || this.known.has(frame.schemaId)) return null;
    return frame.schemaId;
  }

  private async load(id: number): Promise<void> {
    const missing = this.missing.get(id);
    if (missing) {
      missing.wantedAtMs = this.nowMs();
      if (this.nowMs() - missing.askedAtMs < ASK_EVERY_MS) throw missing.error;
    }
    let asked = this.asked.get(id);
    if (!asked) {
      asked = this.ask(id).finally(() => this.asked.delete(id));
      this.asked.set(id, asked);
    }
    await asked;
  }

  private async ask(id: number): Promise<void> {
    try {
      this.known.set(id, await this.decoder(id));
      this.missing.delete(id);
    } catch (error) {
      const atMs = this.nowMs();
      this.missing.set(id, { error: error as Error, askedAtMs: atMs, wantedAtMs: atMs });
      throw error;
    }
  }

  /**
   * All values of a schema that cannot be understood would be dead letters, so they wait: somebody
   * has to see it.
   */
  private async decoder(id: number): Promise<Decode> {
    const schema = await this.registry.schema(id);
    try {
      return await decoderOf(schema);
    } catch (error) {
      const message = `it cannot be understood: ${messageOf(error)}`;
      throw new AppError('schema_unavailable', message, { retryable: true, cause: error });
    }
  }
}

function refused(error: string): Decoded {
  return { json: null, error };
}
