import { HEADER } from './delivery.ts';

/** Why a delivery is in the log once more; `redrive` also where a single one was sent again. */
export const TRIGGERS = ['redrive', 'replay'] as const;
export type Trigger = (typeof TRIGGERS)[number];

/** Tells why a record is a copy of an earlier one. @returns null: it is as it was accepted */
export function triggerOf(headers: Readonly<Record<string, string>>): Trigger | null {
  if (HEADER.redrives in headers) return 'redrive';
  return HEADER.replay in headers ? 'replay' : null;
}
