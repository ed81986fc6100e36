import { DEFAULT_ENDPOINT_ID } from '../../common/subscriptions/default-endpoint-id.ts';
import type { LogFilter } from './log-query.ts';
import { isState } from './states.ts';

type Value = string | number;

/** A query with the values of its parameters. */
export interface Query {
  readonly sql: string;
  readonly values: readonly Value[];
}

/** A condition that an index finds by itself. */
interface Driver {
  readonly index: string;
  readonly where: Query;
}

/** A way to make a page: an index leads to rows in the order of the page, the rest is checked. */
export interface Plan {
  /** Counts what the index leads to, up to a bound: the plan with the least is the fastest. */
  readonly estimate: Query;
  /** The page, and one row more, which tells that there is a next page. */
  readonly page: Query;
  /** The last row that the page may look at; no row where the index does not lead to so many. */
  readonly end: Query;
}

/**
 * Rows that one page may look at. A filter that few rows pass would else read the whole database,
 * and hold up all that is written meanwhile.
 */
export const SCANNED_MAX = 10_000;
const ESTIMATED_MAX = 2_000;

/** Returns the ways to make a page of attempts, newest first. */
export function plansOf(filter: LogFilter): readonly Plan[] {
  const within = all(rangeOf(filter));
  const filters = conditionsOf(filter);
  return driversOf(filter).map(({ index, where }) => {
    const from = all([where, within]);
    const rows = `FROM attempts INDEXED BY ${index} WHERE ${from.sql}`;
    const order = 'ORDER BY at DESC, seq DESC';
    const checked = all(filters);
    return {
      estimate: {
        sql: `SELECT count(*) AS rows FROM (SELECT 1 ${rows} LIMIT ${ESTIMATED_MAX})`,
        values: from.values,
      },
      page: {
        sql:
          `SELECT * FROM (SELECT * ${rows} ${order} LIMIT ${SCANNED_MAX}) ` +
          `WHERE ${checked.sql} LIMIT ?`,
        values: [...from.values, ...checked.values, filter.limit + 1],
      },
      end: {
        sql: `SELECT at, seq ${rows} ${order} LIMIT 1 OFFSET ${SCANNED_MAX - 1}`,
        values: from.values,
      },
    };
  });
}

/** Every condition but those of time. */
function conditionsOf(filter: LogFilter): Query[] {
  const { subscription, user, id, status, event_type: eventType, file, error } = filter;
  const isDefault = subscription === DEFAULT_ENDPOINT_ID;
  return [
    condition(filter.isLatestOnly || undefined, 'is_latest = ?', () => 1),
    ...(isDefault ? [{ sql: 'subscription IS NULL', values: [] }] : []),
    condition(isDefault ? undefined : subscription, 'subscription = ?'),
    condition(user, 'user = ?'),
    condition(id, 'id = ?'),
    condition(eventType, 'event_type = ?'),
    condition(file, 'file = ?'),
    condition(error, 'instr(lower(error), lower(?)) > 0'),
    status !== undefined && isState(status)
      ? condition(status, 'state = ?')
      : condition(status, 'status = ?', Number),
  ].flat();
}

/** The indexes that may lead to a page; one always can. */
function driversOf(filter: LogFilter): Driver[] {
  const { subscription, user, id, status, event_type: eventType, file, error } = filter;
  const driver = (index: string, where: readonly Query[]): Driver[] =>
    where.map((one) => ({ index, where: one }));
  // As few as an id has, they are sorted.
  if (id !== undefined) return driver('by_id', condition(id, 'id = ?'));
  const isFailed = filter.isLatestOnly && status !== 'delivered' && isState(status ?? '');
  const isOddStatus = /^\d+$/.test(status ?? '') && status !== '200';
  const failed = "is_latest = 1 AND state <> 'delivered' AND state = ?";
  const found = [
    driver('by_user', condition(user, 'user = ?')),
    driver('by_state', isFailed ? condition(status, failed) : []),
    driver(
      'by_status',
      isOddStatus ? condition(status, 'status <> 200 AND status = ?', Number) : [],
    ),
    driver('by_failed', error === undefined ? [] : [{ sql: 'error IS NOT NULL', values: [] }]),
    driver('by_file', condition(file, 'file = ?')),
    driver('by_event_type', condition(eventType, 'event_type = ?')),
    subscription === DEFAULT_ENDPOINT_ID
      ? []
      : driver('by_subscription', condition(subscription, 'subscription = ?')),
  ].flat();
  return found.length > 0 ? found : [{ index: 'by_at', where: { sql: 'TRUE', values: [] } }];
}

function rangeOf({ since, until, cursor }: LogFilter): Query[] {
  const after = cursor?.split('-').map(Number) ?? [];
  return [
    ...condition(since, 'at >= ?'),
    ...condition(until, 'at < ?'),
    ...(cursor === undefined ? [] : [{ sql: '(at, seq) < (?, ?)', values: after }]),
  ];
}

function condition<Given>(
  given: Given | undefined,
  sql: string,
  valueOf: (given: Given) => Value = (one) => one as unknown as Value,
): Query[] {
  return given === undefined ? [] : [{ sql, values: [valueOf(given)] }];
}

function all(conditions: readonly Query[]): Query {
  return {
    sql: conditions.map(({ sql }) => sql).join(' AND ') || 'TRUE',
    values: conditions.flatMap(({ values }) => values),
  };
}
