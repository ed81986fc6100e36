import type { Alarm } from '../../common/model/consumer-state.ts';

/** Deliveries of one endpoint in one partition that the group has passed over. */
export interface Behind {
  readonly endpoint: string;
  readonly left: number;
  /** When the first of them was written, ms since 1970; 0: not known. */
  readonly sinceMs: number;
  /** Whether the endpoint is disabled, so that somebody knows already. */
  readonly isDisabled: boolean;
  /** How long the log keeps them, ms; null: for ever. */
  readonly retentionMs: number | null;
}

const BEHIND_MS = 3_600_000;
/**
 * Share of the retention time after which the alarm is raised; people can act in the rest of it.
 */
const RETENTION_SHARE = 0.8;
const NAMES_SHOWN = 5;

/** Returns the alarms about endpoints that are behind. */
export function behindAlarms(all: readonly Behind[], nowMs: number): readonly Alarm[] {
  const known = all.filter(({ sinceMs, left }) => sinceMs > 0 && left > 0);
  const late = known.filter(
    ({ sinceMs, isDisabled }) => !isDisabled && nowMs - sinceMs > BEHIND_MS,
  );
  const atRisk = known.filter(
    ({ sinceMs, retentionMs }) =>
      retentionMs !== null && nowMs - sinceMs > retentionMs * RETENTION_SHARE,
  );
  const alarm = (kind: Alarm['kind'], concerned: readonly Behind[], what: string): Alarm[] =>
    concerned.length === 0 ? [] : [{ kind, detail: `${byEndpoint(concerned)}: ${what}` }];
  return [
    ...alarm('endpoint-behind', late, 'what waits for them is older than an hour'),
    ...alarm(
      'retention-near',
      atRisk,
      'the log will soon delete what waits for them; enable them, or raise its retention.ms',
    ),
  ];
}

function byEndpoint(all: readonly Behind[]): string {
  const counts = new Map<string, number>();
  for (const { endpoint, left } of all) counts.set(endpoint, (counts.get(endpoint) ?? 0) + left);
  const shown = [...counts].slice(0, NAMES_SHOWN).map(([name, left]) => `${name} (${left})`);
  const more = counts.size > NAMES_SHOWN ? ` and ${counts.size - NAMES_SHOWN} more` : '';
  return shown.join(', ') + more;
}
