import { z } from 'zod';
import { parseJson } from '../base/parse-json.ts';

/** Key of the state of the alerts, beside the states of consumers in their topic. */
export const ALERTS_KEY = 'alerts';

const AlertState = z.object({
  kind: z.literal('alerts'),
  /** When each condition that is reported began, ms since 1970. */
  raised: z.record(z.string(), z.number()),
});
export type AlertState = Readonly<z.infer<typeof AlertState>>;
export const NOTHING_RAISED: AlertState = { kind: 'alerts', raised: {} };

export function parseAlertState(text: string): AlertState | null {
  return parseJson(AlertState, text);
}
