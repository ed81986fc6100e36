import { z } from 'zod';
import { nextCursor, time } from '../../common/http/describe.ts';
import { BODY_FORMATS, SIGNATURE_VERSIONS } from '../../common/model/subscription.ts';
import { RESTING } from '../ledgers/endpoint-view.ts';

/** Shapes of the answers about subscriptions. */

export const SubscriptionView = z
  .object({
    id: z.string().meta({ example: 'sub_01JH8Z3V9Q7W4B2M6N0P5R8T1X' }),
    target_url: z.string(),
    event_types: z
      .array(z.string())
      .describe('exact types, or groups such as order.*; empty: every type'),
    rate_limit: z.number().nullable().describe('deliveries a second of all consumers together'),
    ordering: z
      .enum(['none', 'key'])
      .nullable()
      .describe('order of the deliveries; null: as ORDERING says'),
    timeout_ms: z
      .int()
      .nullable()
      .describe('longest wait for one answer; null: DELIVERY_TIMEOUT_MS'),
    retry_schedule_ms: z
      .array(z.int())
      .nullable()
      .describe('waits between attempts; null: those of the settings'),
    concurrency: z
      .int()
      .nullable()
      .describe('requests under way at once from each consumer; null: no limit of its own'),
    oauth2: z
      .object({
        token_url: z.string(),
        client_id: z.string(),
        scope: z.string().nullable(),
        audience: z.string().nullable(),
      })
      .nullable()
      .describe('client whose access tokens deliveries carry, without its secret; null: none'),
    format: z
      .enum(BODY_FORMATS)
      .describe('the body as it is, as a CloudEvent, or as a message for Slack'),
    filter: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe('pattern that events have to match; null: all events of its types'),
    filtered_out: z
      .int()
      .describe('events that its filter has left out since the consumers that run were started'),
    headers: z
      .record(z.string(), z.string())
      .describe('names of the headers; the values stay hidden'),
    description: z.string(),
    enabled: z.boolean(),
    paused: z.boolean().describe('true: somebody has paused it, and its deliveries wait'),
    disabled_reason: z.string().nullable(),
    failing_since: time
      .nullable()
      .describe('time since which the target has accepted nothing; see DISABLE_AFTER'),
    unusable_reason: z
      .string()
      .nullable()
      .describe('why the secrets cannot be read; null: they can'),
    target_forbidden: z
      .string()
      .nullable()
      .describe('why deliveries may not go to the target; null: they may'),
    ...RESTING,
    signatures: z.array(z.enum(SIGNATURE_VERSIONS)),
    public_keys: z.array(z.string()).describe('public keys of Ed25519 signatures, newest first'),
    previous_secret_valid_until: time.nullable(),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'Subscription' });
export type SubscriptionView = Readonly<z.infer<typeof SubscriptionView>>;

/** A schema of its own: generators lose what may be null where two are put together. */
export const SubscriptionWithSecret = z
  .object({
    ...SubscriptionView.shape,
    secret: z.string().describe('signing secret, which is shown only once'),
  })
  .meta({ id: 'SubscriptionWithSecret' });

export const SubscriptionPage = z
  .object({ subscriptions: z.array(SubscriptionView), next_cursor: nextCursor })
  .meta({ id: 'SubscriptionPage' });

/**
 * A subscription, or the endpoint of WEBHOOK_URL, after it was switched. The fields that both have:
 * a choice of two shapes is more than several generators of clients understand.
 */
export const EndpointSwitch = z
  .object({
    id: z.string().describe('id of the subscription, or `default`'),
    target_url: z.string(),
    enabled: z.boolean(),
    paused: SubscriptionView.shape.paused,
    ...RESTING,
  })
  .meta({ id: 'EndpointSwitch' });
export type EndpointSwitch = Readonly<z.infer<typeof EndpointSwitch>>;

export const TestResult = z
  .object({
    id: z.string().describe('value of the webhook-id header of the test event'),
    status: z.int().nullable().describe('HTTP status of the answer; null: there was none'),
    latency_ms: z.number().nullable(),
    excerpt: z.string().describe('beginning of the answer, as text'),
    error: z.string().nullable().describe('why the event was not accepted; null: it was'),
  })
  .meta({ id: 'TestResult' });
export type TestResult = Readonly<z.infer<typeof TestResult>>;

export const FilterTestResult = z
  .object({
    matches: z.boolean(),
    failed: z.array(
      z.object({
        field: z.string().describe('field of the event, from body, headers or user on'),
        rule: z.string().describe('conditions on the field as JSON, of which none holds'),
        found: z.string().nullable().describe('JSON of the field in the sample; null: nothing'),
      }),
    ),
  })
  .meta({ id: 'FilterTestResult' });
