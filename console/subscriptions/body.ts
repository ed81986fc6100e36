import { z } from 'zod';
import { filterField } from './filter-body.ts';
import { isSigningSecret } from '../../common/security/signature.ts';
import { logPosition } from '../query/log-position.ts';
import { BODY_FORMATS, SIGNATURE_VERSIONS } from '../../common/model/subscription.ts';

/**
 * Schemas of the requests that create or change a subscription. Every bound is stated in its error.
 */

const URL_LENGTH_MAX = 2_048;
const EVENT_TYPES_MAX = 50;
const EVENT_TYPE = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*(\.\*)?$/;
const EVENT_TYPE_LENGTH_MAX = 128;
const RATE_MAX = 1_000_000;
/** Some generators of clients do not understand a bound that is left out itself. */
const RATE_MIN = 0.000001;
const RATE_ALLOWED = `allowed: a number above 0 up to ${RATE_MAX}, fractions included, or null`;
const TIMEOUT_MS_MIN = 100;
const TIMEOUT_MS_MAX = 120_000;
const TIMEOUT_ALLOWED = `allowed: a whole number from ${TIMEOUT_MS_MIN} to ${TIMEOUT_MS_MAX}, at most DELIVERY_TIMEOUT_MS, or null`;
const RETRIES_MAX = 19;
const DELAY_MS_MAX = 86_400_000;
const DELAY_ALLOWED = `allowed: a whole number from 1 to ${DELAY_MS_MAX}, at most the longest delay of the settings`;
const CONCURRENCY_MAX = 10_000;
const CONCURRENCY_ALLOWED = `allowed: a whole number from 1 to ${CONCURRENCY_MAX}, or null`;
const DESCRIPTION_LENGTH_MAX = 500;
const HEADERS_MAX = 20;
const HEADER_NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/i;
const HEADER_NAME_PATTERN = '^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$';
/**
 * Visible ASCII with spaces inside: no line break can begin another header. Nor may it look like
 * what we have encrypted.
 */
const HEADER_VALUE = /^(?!sealed:)[\x21-\x7e]([\x20-\x7e\t]{0,1022}[\x21-\x7e])?$/;
/** Headers that a delivery sets itself, and headers that belong to the connection. */
const OWN_HEADERS =
  /^(webhook-.*|wh-.*|ce-.*|proxy-.*|host|content-(length|type|encoding)|user-agent|event-type|trace(parent|state)|content-digest|signature|signature-input|connection|keep-alive|transfer-encoding|te|trailer|upgrade|http2-settings|expect)$/i;

const targetUrl = z
  .string()
  .refine(isTargetUrl, {
    error: `allowed: an http:// or https:// URL without a user, up to ${URL_LENGTH_MAX} characters`,
  })
  .meta({ format: 'uri', maxLength: URL_LENGTH_MAX, example: 'https://example.com/webhook' });

const eventType = z
  .string()
  .refine((text) => EVENT_TYPE.test(text) && text.length <= EVENT_TYPE_LENGTH_MAX, {
    error: 'allowed: words joined by dots such as order.paid, or order.* for all below order',
  })
  .meta({ pattern: EVENT_TYPE.source, maxLength: EVENT_TYPE_LENGTH_MAX, example: 'order.*' });

const BASE64 = '[A-Za-z0-9+/]';
/** The last group of one byte, and of two: the bits behind the bytes are zero. */
const ONE_BYTE = `${BASE64}[AQgw]==`;
const TWO_BYTES = `${BASE64}{2}[AEIMQUYcgkosw048]=`;
/** 16 to 64 bytes. */
const SECRET_PATTERN =
  `^whsec_(${BASE64}{4}){5}(${BASE64}{4}){0,15}` +
  `(${ONE_BYTE}|${TWO_BYTES}|${BASE64}{4}|${BASE64}{4}${ONE_BYTE})$`;

const secret = z
  .string()
  .refine(isSigningSecret, { error: 'allowed: whsec_ and base64 of 16 to 64 bytes, padded with =' })
  .meta({ pattern: SECRET_PATTERN, example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' });

const headers = z
  .record(
    z.string().refine((name) => HEADER_NAME.test(name) && !OWN_HEADERS.test(name), {
      error: 'allowed: a header name of letters, digits, - and _ that no delivery sets itself',
    }),
    z.string().refine((value) => HEADER_VALUE.test(value), {
      error: 'allowed: 1 to 1024 visible ASCII characters and spaces between them',
    }),
  )
  .refine((all) => Object.keys(all).length <= HEADERS_MAX, {
    error: `allowed: up to ${HEADERS_MAX} headers`,
  })
  .refine((all) => new Set(lowerCased(all).map(([name]) => name)).size === lowerCased(all).length, {
    error: 'allowed: each header once',
  })
  .meta({
    maxProperties: HEADERS_MAX,
    propertyNames: { pattern: HEADER_NAME_PATTERN },
    additionalProperties: { type: 'string', pattern: HEADER_VALUE.source },
    example: { 'x-token': 'abc' },
  })
  .transform((all) => Object.fromEntries(lowerCased(all)));

const OAUTH2_TEXT_MAX = 1_024;
/** Characters of a client's id and secret (RFC 6749, appendix A), and nothing like our own seal. */
const CLIENT_TEXT = /^(?!sealed:)[\x20-\x7e]{1,1024}$/;
/** RFC 6749, 3.3: words with one space between them. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/;
const CLIENT_TEXT_ALLOWED = `allowed: 1 to ${OAUTH2_TEXT_MAX} visible ASCII characters and spaces`;

const clientText = z
  .string()
  .refine((text) => CLIENT_TEXT.test(text), { error: CLIENT_TEXT_ALLOWED })
  .meta({ pattern: CLIENT_TEXT.source, minLength: 1, maxLength: OAUTH2_TEXT_MAX });

const oauth2 = z
  .strictObject({
    token_url: targetUrl
      .describe('where the consumers fetch access tokens; the rules for targets hold')
      .meta({ example: 'https://auth.example.com/oauth2/token' }),
    client_id: clientText.meta({ example: 'hookline' }),
    client_secret: clientText.describe('kept as the signing secret is, and never shown'),
    scope: z
      .string()
      .refine((text) => SCOPE.test(text) && text.length <= OAUTH2_TEXT_MAX, {
        error: 'allowed: words with one space between them',
      })
      .nullable()
      .optional()
      .meta({ pattern: SCOPE.source, maxLength: OAUTH2_TEXT_MAX }),
    audience: clientText.nullable().optional(),
  })
  .nullable()
  .describe('client of OAuth 2.0, whose access tokens deliveries carry; null: none');

const fields = {
  target_url: targetUrl,
  event_types: z
    .array(eventType)
    .max(EVENT_TYPES_MAX, `allowed: up to ${EVENT_TYPES_MAX} types`)
    .transform((types) => [...new Set(types)]),
  /** The same with one type. */
  event_type: eventType,
  rate_limit: z
    .number(RATE_ALLOWED)
    .min(RATE_MIN, RATE_ALLOWED)
    .max(RATE_MAX, RATE_ALLOWED)
    .nullable(),
  ordering: z.enum(['none', 'key']).nullable(),
  timeout_ms: z
    .int(TIMEOUT_ALLOWED)
    .min(TIMEOUT_MS_MIN, TIMEOUT_ALLOWED)
    .max(TIMEOUT_MS_MAX, TIMEOUT_ALLOWED)
    .nullable()
    .describe('longest wait for one answer; not longer than DELIVERY_TIMEOUT_MS'),
  retry_schedule_ms: z
    .array(z.int(DELAY_ALLOWED).min(1, DELAY_ALLOWED).max(DELAY_MS_MAX, DELAY_ALLOWED))
    .max(RETRIES_MAX, `allowed: up to ${RETRIES_MAX} waits`)
    .nullable()
    .describe(
      'waits between attempts, none longer than the longest of the settings; empty: one attempt',
    ),
  concurrency: z
    .int(CONCURRENCY_ALLOWED)
    .min(1, CONCURRENCY_ALLOWED)
    .max(CONCURRENCY_MAX, CONCURRENCY_ALLOWED)
    .nullable()
    .describe('requests under way at once from each consumer'),
  oauth2,
  format: z
    .enum(BODY_FORMATS)
    .describe('the body as it is, as a CloudEvent 1.0, or as a message for Slack'),
  filter: filterField,
  headers,
  description: z
    .string()
    .max(DESCRIPTION_LENGTH_MAX, `allowed: up to ${DESCRIPTION_LENGTH_MAX} characters`),
  enabled: z.boolean(),
  /** `v1` is always sent. */
  signatures: z
    .array(z.enum(SIGNATURE_VERSIONS))
    .transform((asked) => SIGNATURE_VERSIONS.filter((v) => v === 'v1' || asked.includes(v))),
};

const oneOfTypes = {
  check: (body: { event_types?: unknown; event_type?: unknown }) =>
    body.event_types === undefined || body.event_type === undefined,
  error: { path: ['event_type'], error: 'allowed: event_types or event_type, not both' },
  meta: { not: { required: ['event_types', 'event_type'] } },
};

/**
 * Bodies as Swagger UI offers them to be sent. Made of the fields' examples, they would have both
 * kinds of types, and a secret that everybody knows.
 */
const EXAMPLES = {
  create: { target_url: 'https://example.com/webhook', event_types: ['order.*'] },
  patch: { rate_limit: 50 },
  rotate: {},
};

const { target_url, ...optional } = fields;

export const CreateBody = z
  .strictObject({
    target_url,
    secret: secret.optional(),
    from: logPosition(['now', 'earliest'])
      .default('now')
      .describe('where in the log its deliveries begin'),
    ...z.object(optional).partial().shape,
  })
  .refine(oneOfTypes.check, oneOfTypes.error)
  .meta({ id: 'CreateSubscription', ...oneOfTypes.meta, example: EXAMPLES.create });
export type CreateBody = z.output<typeof CreateBody>;

export const PatchBody = z
  .strictObject(z.object(fields).partial().shape)
  .refine(oneOfTypes.check, oneOfTypes.error)
  .meta({ id: 'UpdateSubscription', ...oneOfTypes.meta, example: EXAMPLES.patch });
export type PatchBody = z.output<typeof PatchBody>;

/** Body of `enable`; absent, it goes on where it stopped. */
export const EnableBody = z
  .strictObject({
    from: logPosition(['now'])
      .optional()
      .describe(
        'what was accepted before is not sent any more; absent: it goes on where it stopped',
      ),
  })
  .meta({ id: 'EnableSubscription', example: {} });

/** The new secret; made when absent. */
export const RotateBody = z
  .strictObject({ secret: secret.optional() })
  .meta({ id: 'RotateSecret', example: EXAMPLES.rotate });

export const ListQuery = z.strictObject({
  limit: z.coerce
    .number('allowed: a whole number from 1 to 500')
    .pipe(z.int('allowed: a whole number from 1 to 500').min(1).max(500))
    .meta({ type: 'integer', minimum: 1, maximum: 500, default: 100 })
    .default(100),
  /** `next_cursor` of the page before. */
  cursor: z
    .string()
    .regex(/^sub_[0-9A-Z]{26}$/, 'allowed: next_cursor of the page before')
    .optional(),
});

function isTargetUrl(text: string): boolean {
  if (text.length > URL_LENGTH_MAX) return false;
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username + url.password === '';
}

function lowerCased(all: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(all).map(([name, value]) => [name.toLowerCase(), value]);
}
