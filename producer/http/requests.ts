import { z } from 'zod';
import {
  EVENT_TYPE,
  EVENT_TYPE_LENGTH_MAX,
  RESERVED_TYPES,
  isReservedType,
} from '../../common/model/event-types.ts';

/** Schemas of the requests for deliveries; `meta` states the rules in the API's description. */

const USER_ID_LENGTH_MAX = 200;
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/**
 * The same rule as for the rows of a file. Half a surrogate pair, which only an escape can give,
 * has no UTF-8: in the log it would become another user's id.
 */
const userId = z
  .string()
  .refine(
    (text) =>
      /\S/.test(text) &&
      [...text].length <= USER_ID_LENGTH_MAX &&
      !CONTROL.test(text) &&
      text.isWellFormed(),
    { error: `allowed: 1 to ${USER_ID_LENGTH_MAX} characters, not only spaces, none for control` },
  )
  .meta({
    minLength: 1,
    maxLength: USER_ID_LENGTH_MAX,
    pattern: String.raw`^[^\x00-\x1f\x7f-\x9f]*[^\s\ufeff\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$`,
    example: 'user-1',
  });

const eventType = z
  .string()
  .refine((text) => EVENT_TYPE.test(text) && text.length <= EVENT_TYPE_LENGTH_MAX, {
    error: `allowed: words joined by dots, such as order.paid; ${EVENT_TYPE_LENGTH_MAX} characters`,
  })
  .refine((text) => !isReservedType(text), {
    error: `allowed: any type but those of ${RESERVED_TYPES}, which are reserved for our own events`,
  })
  .describe(`not below ${RESERVED_TYPES}, which is reserved for our own events`)
  .meta({ pattern: EVENT_TYPE.source, maxLength: EVENT_TYPE_LENGTH_MAX, example: 'order.paid' });

/** Any JSON value; its text becomes the body of the delivery. */
const data = z
  .unknown()
  .refine((value) => value !== undefined && value !== null, {
    error: 'allowed: any JSON value but null',
  })
  .describe(
    'any JSON value but null; its text is the body of the delivery, exactly as it stands here',
  )
  // Without a type, as a choice of several makes most generators of clients fail.
  .meta({ example: { orderId: 7 } });

const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'allowed: 1 to 255 visible ASCII characters')
  .meta({ example: 'order-7-paid' });

/** The header of every route that takes deliveries. */
export const IdempotencyHeader = z.object({ 'idempotency-key': idempotencyKey.optional() });

/** Body of `POST /send`. */
export const SendBody = z.strictObject({ user_id: userId, data }).meta({ id: 'SendRequest' });
export type SendBody = z.output<typeof SendBody>;

/** A line of `POST /send/batch`. */
export const BatchLine = z
  .strictObject({ ...SendBody.shape, id: idempotencyKey.optional() })
  .meta({ id: 'BatchLine' });

/** Body of `POST /events`. */
export const EventBody = z
  .strictObject({ type: eventType, user_id: userId.optional(), data })
  .meta({ id: 'EventRequest' });

/** The header of `POST /ingest/:subscriptionId`. */
export const EventTypeHeader = z.object({ 'event-type': eventType.optional() });

const CONTENT_TYPE = /^[\x21-\x7e][\x20-\x7e]{0,199}$/;
/** Content type that `curl -d` sets for any body. */
const FORM = /^application\/x-www-form-urlencoded/i;

/**
 * Content type of a body that is passed on as it came.
 *
 * @returns null: the default, JSON; undefined: a value that cannot be sent on
 */
export function passedContentType(header: string | undefined): string | null | undefined {
  if (header === undefined || header === '' || FORM.test(header)) return null;
  return CONTENT_TYPE.test(header) ? header : undefined;
}
