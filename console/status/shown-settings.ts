import { z } from 'zod';
import type { Config } from '../../common/config/config.ts';
import { retrySchedule } from '../../common/config/retry-schedule.ts';

/** Settings that endpoints without values of their own get, and what else people see of them. */
export const ShownSettings = z
  .object({
    ordering: z.enum(['none', 'key']).describe('order by default: ORDERING'),
    timeout_ms: z.int().describe('timeout by default: DELIVERY_TIMEOUT_MS'),
    retry_schedule_ms: z.array(z.int()).describe('waits between attempts by default'),
    rate_limit: z
      .number()
      .nullable()
      .describe('RATE_LIMIT, deliveries a second to WEBHOOK_URL; null: none'),
    user_keys: z.boolean().describe('true: bodies are encrypted, so users can be erased'),
  })
  .meta({ id: 'ShownSettings' })
  .describe('settings of the console, which those of the consumers should equal');
export type ShownSettings = Readonly<z.infer<typeof ShownSettings>>;

/** Picks from the settings what the status shows. */
export function shownSettings(config: Config): ShownSettings {
  const { ORDERING, DELIVERY_TIMEOUT_MS, RATE_LIMIT, USER_KEYS } = config;
  return {
    ...{ ordering: ORDERING, timeout_ms: DELIVERY_TIMEOUT_MS, rate_limit: RATE_LIMIT },
    retry_schedule_ms: [...retrySchedule(config)],
    user_keys: USER_KEYS === 'on',
  };
}
