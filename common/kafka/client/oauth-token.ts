import { messageOf } from '../../base/errors.ts';
import { internalModule } from '../internals.ts';

/** kafkajs does not hand its own errors out under their names. */
const { KafkaJSConnectionError } = internalModule<{
  readonly KafkaJSConnectionError: new (message: string) => Error;
}>('errors');

interface TokenSettings {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** '' asks for none. */
  readonly scope: string;
}

interface Token {
  readonly value: string;
  /** Time of `performance.now()` from which another one is requested. */
  readonly renewAtMs: number;
}

const TIMEOUT_MS = 10_000;
/** Life of a token whose answer names none. */
const LIFE_S = 300;
/** A token is replaced after this part of its life, so that none expires on its way. */
const USED_PART = 0.8;

/**
 * Gets tokens by OAuth 2.0 client credentials, and keeps each for most of its life.
 *
 * @see RFC 6749, sections 2.3.1 and 4.4
 */
export class TokenSource {
  private readonly settings: TokenSettings;
  private token: Token | null = null;
  private pending: Promise<Token> | null = null;

  constructor(settings: TokenSettings) {
    this.settings = settings;
  }

  /**
   * @throws KafkaJSConnectionError no token could be had, which kafkajs and our own connections
   *         treat like a broker that is away
   */
  async current(): Promise<{ readonly value: string }> {
    if (this.token && performance.now() < this.token.renewAtMs) return this.token;
    this.pending ??= this.request().finally(() => (this.pending = null));
    this.token = await this.pending;
    return this.token;
  }

  private async request(): Promise<Token> {
    const { url, clientId, clientSecret, scope } = this.settings;
    const user = [clientId, clientSecret].map(formEncoded).join(':');
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      ...(scope !== '' && { scope }),
    });
    const authorization = `Basic ${Buffer.from(user).toString('base64')}`;
    const headers = { authorization, accept: 'application/json' };
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    let said;
    try {
      const response = await fetch(url, { method: 'POST', headers, body, signal });
      said = { status: response.status, text: await response.text() };
    } catch (error) {
      const cause = error instanceof Error ? (error.cause ?? error) : error;
      throw new KafkaJSConnectionError(`KAFKA_OAUTH_TOKEN_URL ${url}: ${messageOf(cause)}`);
    }
    const token = tokenOf(said.text);
    if (said.status === 200 && token) {
      return { value: token.value, renewAtMs: performance.now() + token.lifeS * 1_000 * USED_PART };
    }
    // RFC 6749, section 5.2: `error`, and perhaps a description.
    const shown = said.text.slice(0, 300);
    throw new KafkaJSConnectionError(
      `KAFKA_OAUTH_TOKEN_URL ${url} gives no token: ${said.status} ${shown}`,
    );
  }
}

/** Encodes as RFC 6749 wants it before the user and the password are joined. */
function formEncoded(text: string): string {
  return new URLSearchParams({ a: text }).toString().slice('a='.length);
}

function tokenOf(text: string): { readonly value: string; readonly lifeS: number } | null {
  try {
    const answer = JSON.parse(text) as { access_token?: unknown; expires_in?: unknown };
    const { access_token: value, expires_in: life } = answer;
    if (typeof value !== 'string' || value === '') return null;
    return { value, lifeS: Number(life) > 0 ? Number(life) : LIFE_S };
  } catch {
    return null;
  }
}
