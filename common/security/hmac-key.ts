import { hash } from 'node:crypto';

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;
/** Buffer for the message that is signed now; a longer message gets memory of its own. */
const scratch = Buffer.allocUnsafeSlow(16 * 1_024);

/**
 * A key of HMAC-SHA256, as two plain hashes whose first blocks are made once. Node's `createHmac`
 * makes a native object for each message, which costs twice as much as both hashes.
 * @see https://www.rfc-editor.org/rfc/rfc2104
 * @see docs/benchmarks-notes.md#what-held-it-back
 */
export class HmacKey {
  // Private to the language, so that no log and no JSON shows them.
  readonly #inner: Buffer;
  readonly #outer: Buffer;

  constructor(secret: Buffer) {
    const key = secret.length > BLOCK_BYTES ? hash('sha256', secret, 'buffer') : secret;
    this.#inner = Buffer.alloc(BLOCK_BYTES, INNER_PAD);
    this.#outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES, OUTER_PAD);
    for (const [index, byte] of key.entries()) {
      this.#inner[index] = INNER_PAD ^ byte;
      this.#outer[index] = OUTER_PAD ^ byte;
    }
  }

  /** @returns base64 of the HMAC of `head`, as UTF-8, and `body` behind it */
  digest(head: string, body: Buffer): string {
    // UTF-8 takes three bytes at most for a unit of UTF-16.
    const bytesMax = BLOCK_BYTES + 3 * head.length + body.length;
    const message = bytesMax <= scratch.length ? scratch : Buffer.allocUnsafeSlow(bytesMax);
    message.set(this.#inner);
    const bodyAt = BLOCK_BYTES + message.write(head, BLOCK_BYTES);
    message.set(body, bodyAt);
    const inner = hash('sha256', message.subarray(0, bodyAt + body.length), 'binary');
    this.#outer.write(inner, BLOCK_BYTES, 'binary');
    return hash('sha256', this.#outer, 'base64');
  }
}
