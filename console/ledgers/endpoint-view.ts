import { z } from 'zod';
import { count, time } from '../../common/http/describe.ts';
import { RESTING_REASONS } from '../../common/model/consumer-state.ts';

/** Fields that describe the pause of an endpoint. */
export const RESTING = {
  resting_until: time
    .nullable()
    .describe('end of its pause; null: no pause, or one request tries whether it is over'),
  resting_reason: z
    .enum(RESTING_REASONS)
    .nullable()
    .describe(
      'why it pauses: `retry-after`, as the target has asked for it with a 429 or 503, or the ' +
        '`proxy` or the `token-server` fails that it depends on; null: no pause',
    ),
};

/** An endpoint as the API shows it: by its attempts, and by what its consumers report. */
export const EndpointView = z
  .object({
    subscription: z.string().nullable().describe('id of the subscription; null: WEBHOOK_URL'),
    target: z.string().describe('URL of the endpoint'),
    state: z.enum(['idle', 'ok', 'throttled', 'failing', 'circuit-open', 'paused', 'disabled']),
    rate: z.number().min(0).describe('deliveries a second over the last minute'),
    rate_limit: z
      .number()
      .nullable()
      .describe('deliveries a second that all consumers together may send now; null: no limit'),
    ...RESTING,
    in_flight: count,
    waiting: count.describe(
      'deliveries that a consumer has read and not sent yet; the log may hold more',
    ),
    behind: count
      .nullable()
      .describe('deliveries that the consumers have passed over for now; null: none is known'),
    oldest_waiting_seconds: count
      .nullable()
      .describe('age of the oldest of them; null: the endpoint is not behind'),
    last_status: z.int().nullable().describe('HTTP status of the last attempt; null: no answer'),
    last_error: z.string().nullable(),
    last_attempt_at: time.nullable(),
    disabled_reason: z
      .string()
      .nullable()
      .describe('why the endpoint is disabled; null: it is not'),
    failing_since: time
      .nullable()
      .describe('time since which the target has accepted nothing; null: it accepts'),
  })
  .meta({ id: 'Endpoint' });
export type EndpointView = Readonly<z.infer<typeof EndpointView>>;
export type Resting = Pick<EndpointView, keyof typeof RESTING>;

export const NO_PAUSE: Resting = { resting_until: null, resting_reason: null };
