import * as oauth from 'oauth4webapi';
import { messageOf } from '../base/errors.ts';
import { USER_AGENT } from '../base/version.ts';
import type { NetworkFailure } from './outcome.ts';
import type { Sender } from './sender.ts';

/** How an endpoint gets its access tokens: by OAuth 2.0 client credentials (RFC 6749, 4.4). */
export interface OAuth2Settings {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Scopes with spaces between them; null: those that the server gives by itself. */
  readonly scope: string | null;
  /** Parameter `audience`, which some servers want; null: none. */
  readonly audience: string | null;
}

export interface AccessToken {
  readonly kind: 'token';
  readonly value: string;
  /** From then on another one is fetched while this one is used, ms since 1970. */
  readonly renewFromMs: number;
  /** Not used any more from then on, ms since 1970. */
  readonly untilMs: number;
}

export interface NoToken {
  readonly kind: 'none';
  readonly error: NetworkFailure;
  readonly detail: string;
}

/** A server that does not say how long its tokens live is asked again after this time, ms. */
const UNSAID_LIFE_MS = 300_000;
/** The last part of a token's life in which it is not used, and before that only until renewed. */
const MARGIN = 0.1;
const MARGIN_MS_MAX = 30_000;
/** Statuses that a `Response` cannot have, or not with a body. */
const NO_RESPONSE = new Set([101, 204, 205, 304]);
/** Characters of a token that a header may have, spaces left out. */
const TOKEN = /^[\x21-\x7e]+$/;
const DESCRIPTION_CHARS_MAX = 200;

/**
 * Fetches an access token. Never rejects: each failure is a value.
 *
 * @param sender    checks addresses as for deliveries, and keeps what is accepted as its excerpt
 * @param timeoutMs longest wait for the server
 */
export async function fetchToken(
  sender: Pick<Sender, 'send'>,
  settings: OAuth2Settings,
  timeoutMs: number,
): Promise<AccessToken | NoToken> {
  const url = new URL(settings.tokenUrl);
  const server = { issuer: url.origin, token_endpoint: url.href };
  const client = { client_id: settings.clientId };
  const startMs = Date.now();
  try {
    const response = await oauth.clientCredentialsGrantRequest(
      server,
      client,
      oauth.ClientSecretBasic(settings.clientSecret),
      parametersOf(settings),
      {
        [oauth.customFetch]: (_, request) => sendForm(sender, url, request, timeoutMs),
        // Whether http may be used is decided by whoever gives the URL, as for targets.
        [oauth.allowInsecureRequests]: true,
        headers: { 'user-agent': USER_AGENT },
      },
    );
    const given = await oauth.processClientCredentialsResponse(server, client, response);
    if (given.token_type !== 'bearer')
      throw new Error(`it gave a token of type ${given.token_type}`);
    if (!TOKEN.test(given.access_token)) throw new Error('it gave a token that no header can have');
    return { kind: 'token', value: given.access_token, ...lifeOf(given.expires_in, startMs) };
  } catch (error) {
    return noToken(error, url, settings);
  }
}

/** The request was not answered; the outcome says why. */
class UnansweredError extends Error {
  readonly failure: NetworkFailure;

  constructor(failure: NetworkFailure, detail: string) {
    super(detail === '' ? failure : `${failure}: ${detail}`);
    this.failure = failure;
  }
}

async function sendForm(
  sender: Pick<Sender, 'send'>,
  { origin, pathname, search }: URL,
  { headers, body }: { headers: Record<string, string>; body: unknown },
  timeoutMs: number,
): Promise<Response> {
  const { outcome, excerpt, detail } = await sender.send({
    ...{ origin, path: pathname + search, timeoutMs },
    headers: Object.entries(headers).flat(),
    body: Buffer.from(String(body)),
  });
  if (outcome.kind === 'unreachable') throw new UnansweredError(outcome.error, detail);
  const { status } = outcome;
  if (NO_RESPONSE.has(status) || status > 599) throw new Error(`it answered ${status}`);
  // Some servers name no type, or another one, for their JSON.
  return new Response(excerpt, { status, headers: { 'content-type': 'application/json' } });
}

function parametersOf({ scope, audience }: OAuth2Settings): Record<string, string> {
  return { ...(scope !== null && { scope }), ...(audience !== null && { audience }) };
}

/** @param lifeS that the server has told, in seconds */
function lifeOf(lifeS: number | undefined, startMs: number) {
  const lifeMs = lifeS === undefined ? UNSAID_LIFE_MS : lifeS * 1_000;
  const marginMs = Math.min(MARGIN_MS_MAX, lifeMs * MARGIN);
  const untilMs = startMs + lifeMs - marginMs;
  return { untilMs, renewFromMs: untilMs - marginMs };
}

function noToken(error: unknown, { origin }: URL, settings: OAuth2Settings): NoToken {
  if (error instanceof UnansweredError && error.failure === 'target-forbidden') {
    return { kind: 'none', error: error.failure, detail: `the token server: ${error.message}` };
  }
  if (error instanceof UnansweredError && error.failure === 'proxy') {
    return { kind: 'none', error: 'proxy', detail: error.message };
  }
  // A server may send back what it was sent.
  const why = reasonOf(error).replaceAll(settings.clientSecret, '(hidden)');
  return { kind: 'none', error: 'token-server', detail: `the token server ${origin}: ${why}` };
}

function reasonOf(error: unknown): string {
  if (error instanceof oauth.ResponseBodyError) {
    const { status, error: code, error_description: description = '' } = error;
    const said = description === '' ? '' : ` (${description.slice(0, DESCRIPTION_CHARS_MAX)})`;
    return `it answered ${status} ${code}${said}`;
  }
  if (error instanceof oauth.OperationProcessingError && error.cause instanceof Response) {
    return `it answered ${error.cause.status}`;
  }
  return messageOf(error);
}
