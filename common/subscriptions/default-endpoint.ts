import { z } from 'zod';
import { openRoleTable } from '../kafka/consume/compacted-table.ts';
import type { CompactedTable } from '../kafka/ports.ts';
import { parseJson } from '../base/parse-json.ts';
import { StoredSource, isSourceKey } from '../model/stored-source.ts';
import { LogPlace, parseSubscription } from '../model/subscription.ts';
import type { Subscription } from '../model/subscription.ts';
import { DEFAULT_ENDPOINT_ID } from './default-endpoint-id.ts';

// The database threads import the id alone: with the table they would load all of the Kafka client.
export { DEFAULT_ENDPOINT_ID } from './default-endpoint-id.ts';

/**
 * Changes that the API has made to the endpoint of WEBHOOK_URL. They lie in the subscriptions topic
 * under `DEFAULT_ENDPOINT_ID`, but are no subscription: no event goes to that endpoint by its type.
 */
export const DefaultEndpoint = z.looseObject({
  kind: z.literal('default-endpoint'),
  /** A state of a later version is a closed one to this. */
  state: z.enum(['enabled', 'disabled']).catch('disabled'),
  /** Somebody has paused it. Absent: nobody has. */
  isPaused: z.boolean().optional(),
  /** When a person last ended a rest, ms since 1970; null: never. */
  resumedAt: z.number().nullable(),
  /** Start of the endpoint: records before this place are not sent any more; null: all are sent. */
  begins: LogPlace.nullable().default(null),
});
export type DefaultEndpoint = Readonly<z.infer<typeof DefaultEndpoint>>;

/** State of the default endpoint until an operator changes it. */
export const UNCHANGED: DefaultEndpoint = {
  kind: 'default-endpoint',
  state: 'enabled',
  resumedAt: null,
  begins: null,
};

type Parsed = Subscription | DefaultEndpoint | StoredSource;

export interface SubscriptionTable extends CompactedTable<Subscription> {
  /** The endpoint of WEBHOOK_URL as it is now. */
  readonly defaultEndpoint: () => DefaultEndpoint;
  onDefaultEndpointChange(listener: (now: DefaultEndpoint) => void): void;
  /** The source topics of which something is stored. */
  readonly sources: () => readonly StoredSource[];
  onSourceChange(listener: () => void): void;
}

/** The subscriptions topic as a live map, with the endpoint of WEBHOOK_URL and sources apart. */
export async function openSubscriptionTable(
  deps: Parameters<typeof openRoleTable>[0],
  topic: string,
): Promise<SubscriptionTable> {
  const parse = (text: string): Parsed | null =>
    parseSubscription(text) ?? parseJson(DefaultEndpoint, text) ?? parseJson(StoredSource, text);
  const table = await openRoleTable(deps, topic, parse);
  const isSubscription = (value: Parsed | undefined): value is Subscription =>
    value !== undefined && !('kind' in value);
  let sources: StoredSource[] = [];
  const onSourceChange: (() => void)[] = [];
  const readSources = () => {
    sources = [...table.entries()].flatMap(([, value]) => (isSource(value) ? value : []));
  };
  readSources();
  table.onChange((key) => {
    if (!isSourceKey(key)) return;
    readSources();
    for (const listener of onSourceChange) listener();
  });
  return {
    get(id) {
      const value = table.get(id);
      return isSubscription(value) ? value : undefined;
    },
    *entries() {
      for (const [id, value] of table.entries()) if (isSubscription(value)) yield [id, value];
    },
    get size() {
      return table.size - sources.length - (table.get(DEFAULT_ENDPOINT_ID) ? 1 : 0);
    },
    caughtUp: (partition) => table.caughtUp(partition),
    onChange(listener) {
      table.onChange((id, value) => {
        if (id === DEFAULT_ENDPOINT_ID || isSourceKey(id)) return;
        listener(id, isSubscription(value) ? value : undefined);
      });
    },
    close: () => table.close(),
    defaultEndpoint() {
      const value = table.get(DEFAULT_ENDPOINT_ID);
      return isDefault(value) ? value : UNCHANGED;
    },
    onDefaultEndpointChange(listener) {
      table.onChange((id, value) => {
        if (id === DEFAULT_ENDPOINT_ID) listener(isDefault(value) ? value : UNCHANGED);
      });
    },
    sources: () => sources,
    onSourceChange: (listener) => void onSourceChange.push(listener),
  };
}

const isSource = (value: Parsed | undefined): value is StoredSource =>
  value !== undefined && 'kind' in value && value.kind === 'source';

const isDefault = (value: Parsed | undefined): value is DefaultEndpoint =>
  value !== undefined && 'kind' in value && value.kind === 'default-endpoint';
