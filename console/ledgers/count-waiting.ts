import type { EndpointView } from './endpoint-view.ts';

/** Counts deliveries that wait for an endpoint; its cursors know of all, its consumers sooner. */
export function countWaiting({
  waiting,
  behind,
}: Pick<EndpointView, 'waiting' | 'behind'>): number {
  return Math.max(waiting, behind ?? 0);
}
