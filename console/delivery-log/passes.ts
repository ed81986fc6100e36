import type { LogFilter } from './log-query.ts';
import type { DeliveryView } from './schemas.ts';

type Wanted = Pick<LogFilter, 'user' | 'event_type' | 'file' | 'error' | 'status'>;

/** Returns whether a delivery is one that is searched for, as the database decides by its query. */
export function passes(delivery: DeliveryView, wanted: Wanted): boolean {
  const { user, event_type: eventType, file, error } = wanted;
  if (user !== undefined && delivery.user !== user) return false;
  if (eventType !== undefined && delivery.event_type !== eventType) return false;
  if (file !== undefined && delivery.file !== file) return false;
  if (error === undefined) return true;
  return delivery.error?.toLowerCase().includes(error.toLowerCase()) === true;
}
