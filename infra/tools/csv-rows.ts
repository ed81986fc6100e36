/** Longest row that can come out, in bytes. */
export const ROW_BYTES_MAX = 256;
export const CSV_HEADER = 'user_id,alert_message\n';

/**
 * The rows' texts in CSV, before and after the row's number. Some are quoted, with commas, quotes
 * and semicolons within, and some are not ASCII, so that a reader is put to the test. None holds a
 * line end, so that `wc -l` counts rows.
 */
const MESSAGES: readonly (readonly [before: string, after: string])[] = [
  ['Alert ', ': disk is 93 % full on host-17'],
  ['Alert ', ': the nightly backup has not started'],
  ['"Alert ', ': CPU, memory and disk are above their limits"'],
  ['"Alert ', ': login from a new device, ""iPad Pro"", in Zürich"'],
  ['Alert ', ': température à 41 °C'],
  ['"', ' payments are waiting, the oldest for 3 h; see the ""runbook"""'],
  ['Alert ', ': certificate of shop.example.com ends in 7 days'],
  ['"Order ', ' was refused by the bank: ""insufficient funds"", code 51"'],
  ['Alert ', ': latency p99 is 1.8 s'],
  ['"Alert ', ': temperature back to normal, 21 °C"'],
];

/** Rows in order, from the first; the same for the same users and seed. */
export interface RowSource {
  /**
   * Writes whole rows from the buffer's start on, until `rowsMax` of them are there, or one of
   * them has reached `bytesMax`, or another might not fit.
   */
  fill(
    buffer: Buffer,
    limits: { rowsMax: number; bytesMax: number },
  ): { rows: number; bytes: number };
}

/**
 * Every user has a row among the first `users` rows, in order; from then on users come at random.
 *
 * @param users how many different user ids, at least 1
 * @param seed  a whole number from 0 up to 2^32 - 1
 */
export function createRowSource({ users, seed }: { users: number; seed: number }): RowSource {
  const digits = String(users).length;
  const messages = MESSAGES.map(([before, after]) => ({
    before: Buffer.from(`,${before}`),
    after: Buffer.from(`${after}\n`),
  }));
  const random = createRandom(seed);
  let row = 0;

  function writeRow(buffer: Buffer, start: number): number {
    row += 1;
    const user = row <= users ? row : 1 + (random() % users);
    const { before, after } = messages[random() % messages.length] as (typeof messages)[number];
    let at = start;
    at += buffer.write(`user-${String(user).padStart(digits, '0')}`, at, 'latin1');
    buffer.set(before, at);
    at += before.length;
    at += buffer.write(String(row), at, 'latin1');
    buffer.set(after, at);
    return at + after.length;
  }

  return {
    fill(buffer, { rowsMax, bytesMax }) {
      const end = Math.min(bytesMax, buffer.length - ROW_BYTES_MAX);
      let rows = 0;
      let bytes = 0;
      while (rows < rowsMax && bytes < end) {
        bytes = writeRow(buffer, bytes);
        rows += 1;
      }
      return { rows, bytes };
    },
  };
}

/** Marsaglia's xorshift32: quick, and good enough for sample data. Whole numbers below 2^32. */
function createRandom(seed: number): () => number {
  // Zero would stay zero for ever; the multiplication spreads neighbouring seeds.
  let state = Math.imul(seed, 0x9e3779b9) || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
