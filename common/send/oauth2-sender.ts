import { waitAtMost } from '../base/retry.ts';
import { AccessTokens } from './access-tokens.ts';
import { fetchToken } from './oauth2-token.ts';
import type { AccessToken, NoToken, OAuth2Settings } from './oauth2-token.ts';
import type { SendRequest, SendResult } from './send-request.ts';
import { createSender } from './sender.ts';
import type { Sender, SenderOptions } from './sender.ts';

/** A JSON answer with a token, which may be a long one. */
const ANSWER_BYTES_MAX = 64 * 1_024;
const UNAUTHORIZED = 401;
/** So much of a token tells it from other text. */
const TOLD_APART_CHARS = 32;

/**
 * Sends requests with access tokens, which it fetches through the same checks, proxy, authorities
 * and timeouts as deliveries.
 */
export class OAuth2Sender {
  private readonly sender: Pick<Sender, 'send'>;
  private readonly tokenSender: Sender;
  /** Longest time for an attempt as a whole. */
  private readonly timeoutMs: number;

  /** @param sender that of the deliveries themselves; `close` leaves it open */
  constructor(sender: Pick<Sender, 'send'>, options: SenderOptions) {
    this.sender = sender;
    this.timeoutMs = options.timeoutMs;
    this.tokenSender = createSender({
      ...options,
      keepsExcerpt: true,
      excerptBytesMax: ANSWER_BYTES_MAX,
    });
  }

  tokensOf(settings: OAuth2Settings, onToken: () => void = () => {}): AccessTokens {
    // Half of the time is left to the endpoint.
    const fetch = () => fetchToken(this.tokenSender, settings, this.timeoutMs / 2);
    return new AccessTokens({ fetch, onToken });
  }

  /** Sends a request with a token of its own, where the settings want one. */
  sendOnce(
    { oauth2 }: { readonly oauth2?: OAuth2Settings | null },
    request: SendRequest,
  ): Promise<SendResult> {
    return oauth2 ? this.send(this.tokensOf(oauth2), request) : this.sender.send(request);
  }

  /** Sends a request; with another token once more where the endpoint answers 401. */
  async send(tokens: AccessTokens, request: SendRequest): Promise<SendResult> {
    const startMs = performance.now();
    const leftMs = () => Math.max(1, this.timeoutMs - (performance.now() - startMs));
    const first = await within(tokens.current(), leftMs());
    if (first.kind === 'none') return notAsked(first, startMs);
    const result = await this.sendWith(first, request, leftMs());
    if (!isUnauthorized(result)) tokens.taken(first);
    else if (tokens.refused(first)) return this.sendAgain(tokens, request, leftMs, startMs);
    return result;
  }

  close(): Promise<void> {
    return this.tokenSender.close();
  }

  private async sendAgain(
    tokens: AccessTokens,
    request: SendRequest,
    leftMs: () => number,
    startMs: number,
  ): Promise<SendResult> {
    const token = await within(tokens.current(), leftMs());
    if (token.kind === 'none') return notAsked(token, startMs);
    const result = await this.sendWith(token, request, leftMs());
    if (!isUnauthorized(result)) tokens.taken(token);
    return result;
  }

  private async sendWith({ value }: AccessToken, request: SendRequest, leftMs: number) {
    const headers = [...request.headers, 'authorization', `Bearer ${value}`];
    const timeoutMs = Math.min(leftMs, request.timeoutMs ?? leftMs);
    return withoutToken(await this.sender.send({ ...request, headers, timeoutMs }), value);
  }
}

/** A target may send back what it was sent, and answers are kept for people. */
function withoutToken(result: SendResult, token: string): SendResult {
  const { excerpt, head = '' } = result;
  // The rest of a long one may be cut off.
  const beginning = token.slice(0, TOLD_APART_CHARS);
  if (!excerpt.includes(beginning) && !head.includes(beginning)) return result;
  const hidden = (text: string) => {
    const [before = '', ...parts] = text.split(beginning);
    return [before, ...parts.map((part) => part.replace(/^[^\s"'<>]*/, ''))].join('(hidden)');
  };
  return { ...result, excerpt: hidden(excerpt), head: hidden(head) };
}

function isUnauthorized({ outcome }: SendResult): boolean {
  return outcome.kind === 'refused' && outcome.status === UNAUTHORIZED;
}

/** A token that another attempt has asked for may come too late for this one. */
async function within(
  token: Promise<AccessToken | NoToken>,
  ms: number,
): Promise<AccessToken | NoToken> {
  if (await waitAtMost(token, ms)) return token;
  return { kind: 'none', error: 'token-server', detail: 'the token server gave no token in time' };
}

function notAsked({ error, detail }: NoToken, startMs: number): SendResult {
  const outcome = { kind: 'unreachable', error } as const;
  const latencyMs = performance.now() - startMs;
  return { outcome, latencyMs, endedAtMs: Date.now(), excerpt: '', detail };
}
