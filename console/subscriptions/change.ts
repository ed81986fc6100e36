import { BY_REQUEST } from '../../common/model/subscription.ts';
import type { LogPlace, Subscription } from '../../common/model/subscription.ts';
import type { CreateBody, PatchBody } from './body.ts';

/** Computes the changed subscription. Secrets and header values come in as they are stored. */

/** A secret that was replaced signs for so long beside the new one. */
const ROTATION_MS = 24 * 3_600_000;
/** Each adds a signature to every delivery, until it expires. */
const SECRETS_MAX = 10;

/** Whether somebody should look at it: it fails, or was disabled by nobody's wish. */
export function isInTrouble(subscription: Subscription): boolean {
  const { state, failing, forbidden, disabledReason } = subscription;
  if (state === 'disabled') return disabledReason !== BY_REQUEST;
  return state === 'enabled' && (failing !== null || forbidden !== null);
}

interface Made {
  readonly id: string;
  readonly sealedSecret: string;
  readonly begins: LogPlace | null;
  readonly nowMs: number;
}

/** @param sealedSecret its signing secret, sealed; credentials of the body likewise */
export function createdSubscription(
  body: Omit<CreateBody, 'secret' | 'from'>,
  { id, sealedSecret, begins, nowMs }: Made,
): Subscription {
  const blank: Subscription = {
    id,
    targetUrl: body.target_url,
    eventTypes: [],
    rateLimit: null,
    ordering: null,
    timeoutMs: null,
    retryScheduleMs: null,
    concurrency: null,
    oauth2: null,
    format: 'standard',
    filter: null,
    headers: {},
    description: '',
    state: 'enabled',
    disabledReason: null,
    failing: null,
    forbidden: null,
    resumedAt: null,
    begins,
    signatures: ['v1'],
    secrets: [{ text: sealedSecret, expiresAt: null }],
    createdAt: nowMs,
    updatedAt: nowMs,
  };
  return { ...patchedSubscription(blank, body, nowMs), resumedAt: null, updatedAt: nowMs };
}

/** @param begins what lies before is not sent any more; null: it goes on where it stopped */
export function enabledSubscription(
  now: Subscription,
  begins: LogPlace | null,
  nowMs: number,
): Subscription {
  const enabled = patchedSubscription(now, { enabled: true }, nowMs);
  return begins === null ? enabled : { ...enabled, begins };
}

/** Returns the subscription with the body's changes. Fields that the body does not name stay. */
export function patchedSubscription(
  now: Subscription,
  body: PatchBody,
  nowMs: number,
): Subscription {
  const eventTypes = body.event_type === undefined ? body.event_types : [body.event_type];
  // Enabled, led elsewhere, or with another client, it begins again: what failed before says
  // nothing any more.
  const isElsewhere = (body.target_url ?? now.targetUrl) !== now.targetUrl;
  const isFresh = body.enabled === true || isElsewhere || body.oauth2 !== undefined;
  return {
    ...now,
    targetUrl: body.target_url ?? now.targetUrl,
    eventTypes: eventTypes ?? now.eventTypes,
    rateLimit: body.rate_limit === undefined ? now.rateLimit : body.rate_limit,
    ordering: body.ordering === undefined ? now.ordering : body.ordering,
    ...ownLimits(now, body),
    oauth2: body.oauth2 === undefined ? now.oauth2 : storedClient(body.oauth2),
    format: body.format ?? now.format,
    filter: body.filter === undefined ? now.filter : body.filter,
    headers: body.headers ?? now.headers,
    description: body.description ?? now.description,
    signatures: body.signatures ?? now.signatures,
    ...stateAfter(now, body.enabled),
    failing: isFresh ? null : now.failing,
    forbidden: isFresh ? null : now.forbidden,
    resumedAt: isFresh ? after(now, nowMs) : now.resumedAt,
    updatedAt: after(now, nowMs),
  };
}

/**
 * Returns the subscription as paused, or as sending again. A disabled one stays disabled: a pause
 * would not change what becomes of its deliveries.
 */
export function pausedSubscription(
  now: Subscription,
  isPaused: boolean,
  nowMs: number,
): Subscription {
  const isSo = now.isPaused === true;
  if (now.state !== 'enabled' || isSo === isPaused) return now;
  return { ...now, isPaused, updatedAt: after(now, nowMs) };
}

/** Returns the subscription with its pause ended, after a test event was accepted. */
export function resumedSubscription(now: Subscription, nowMs: number): Subscription {
  if (now.state !== 'enabled') return now;
  const laterMs = after(now, nowMs);
  return { ...now, failing: null, forbidden: null, resumedAt: laterMs, updatedAt: laterMs };
}

export function rotatedSubscription(
  now: Subscription,
  sealedSecret: string,
  nowMs: number,
): Subscription {
  // Asked again, because it was not sure that it had been written.
  if (now.secrets[0]?.text === sealedSecret) return now;
  const old = now.secrets
    .map((secret) => ({ ...secret, expiresAt: secret.expiresAt ?? nowMs + ROTATION_MS }))
    .filter(({ expiresAt }) => expiresAt > nowMs);
  const secrets = [{ text: sealedSecret, expiresAt: null }, ...old].slice(0, SECRETS_MAX);
  return { ...now, secrets, updatedAt: after(now, nowMs) };
}

/** Returns the subscription as deleted, without its secrets. */
export function deletedSubscription(now: Subscription, nowMs: number): Subscription {
  const emptied = {
    secrets: [],
    headers: {},
    oauth2: null,
    disabledReason: null,
    failing: null,
    forbidden: null,
  };
  return { ...now, ...emptied, state: 'deleted', updatedAt: after(now, nowMs) };
}

function storedClient(client: PatchBody['oauth2']): Subscription['oauth2'] {
  if (!client) return null;
  const { token_url, client_id, client_secret, scope = null, audience = null } = client;
  return {
    ...{ tokenUrl: token_url, clientId: client_id, clientSecret: client_secret },
    ...{ scope, audience },
  };
}

function ownLimits(now: Subscription, body: PatchBody) {
  const { timeout_ms, retry_schedule_ms, concurrency } = body;
  return {
    timeoutMs: timeout_ms === undefined ? now.timeoutMs : timeout_ms,
    retryScheduleMs: retry_schedule_ms === undefined ? now.retryScheduleMs : retry_schedule_ms,
    concurrency: concurrency === undefined ? now.concurrency : concurrency,
  };
}

/** Every change has a time of its own, whatever the clocks of several processes say. */
function after({ updatedAt }: Subscription, nowMs: number): number {
  return Math.max(nowMs, updatedAt + 1);
}

function stateAfter(now: Subscription, enabled: boolean | undefined) {
  if (enabled === undefined) return {};
  if (enabled) return { state: 'enabled', isPaused: false, disabledReason: null } as const;
  const disabledReason = now.state === 'disabled' ? now.disabledReason : BY_REQUEST;
  return { state: 'disabled', isPaused: false, disabledReason } as const;
}
