import type { Alarm, RestingReason } from '../../common/model/consumer-state.ts';

/** Deliveries of one endpoint in one partition that the group has passed over. */
export interface Behind {
  readonly endpoint: string;
  readonly left: number;
  /** When the first of them was written, ms since 1970; 0: not known. */
  readonly sinceMs: number;
  /** Whether the endpoint is disabled, so that somebody knows already. */
  readonly isDisabled: boolean;
  /** Why the endpoint pauses; null: it does not. */
  readonly restingReason: RestingReason | null;
  /** How long the log keeps them, ms; null: for ever. */
  readonly retentionMs: number | null;
}

const BEHIND_MS = 3_600_000;
/**
 * Share of the retention time after which the alarm is raised; people can act in the rest of it.
 */
const RETENTION_SHARE = 0.8;
const NAMES_SHOWN = 5;
const CAUSES: Readonly<Record<RestingReason, string>> = {
  'retry-after': 'it has asked for a pause',
  proxy: 'its proxy fails',
  'token-server': 'its token server fails',
};

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
  const endpoints = Map.groupBy(all, ({ endpoint }) => endpoint);
  const shown = [...endpoints].slice(0, NAMES_SHOWN).map(([name, parts]) => {
    const left = parts.reduce((sum, one) => sum + one.left, 0);
    const reason = parts[0]?.restingReason ?? null;
    return `${name} (${left}${reason === null ? '' : `; ${CAUSES[reason]}`})`;
  });
  const more = endpoints.size > NAMES_SHOWN ? ` and ${endpoints.size - NAMES_SHOWN} more` : '';
  return shown.join(', ') + more;
}
