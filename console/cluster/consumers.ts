import { PASSING_ALARMS, parseConsumerState } from '../../common/model/consumer-state.ts';
import type { ConsumerState } from '../../common/model/consumer-state.ts';
import { INBOX_KEY, parseInboxState } from '../../common/model/inbox-state.ts';
import type { InboxState } from '../../common/model/inbox-state.ts';
import { ALERTS_KEY, NOTHING_RAISED, parseAlertState } from '../../common/model/alert-state.ts';
import type { AlertState } from '../../common/model/alert-state.ts';
import { openRoleTable } from '../../common/kafka/consume/compacted-table.ts';
import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import type { Role } from '../../common/process/run-role.ts';
import type { TopicNames } from '../../common/topics/topics.ts';
import type { ClusterWatch } from './cluster-watch.ts';

interface Deps extends Role {
  readonly kafka: KafkaConnection;
  readonly names: TopicNames;
  readonly cluster: ClusterWatch;
}

export interface Consumers {
  /**
   * Returns the states of the group's members alone, because a killed consumer publishes no final
   * status.
   */
  states(): readonly ConsumerState[];
  /** Returns the alarms of the consumers, a line each. */
  alarms(): readonly string[];
  /** Returns the files that lie in the inbox and are not taken. */
  inbox(): InboxState;
  /** Returns which conditions are reported. */
  alerts(): AlertState;
  caughtUp(): Promise<void>;
}

const EMPTY_INBOX: InboxState = { leftInInbox: [], leftCount: 0 };

/** Stands for the notes that consumers leave there for one another. */
const NOTE = { kind: 'note' } as const;

const parseState = (text: string) =>
  parseConsumerState(text) ?? parseInboxState(text) ?? parseAlertState(text) ?? NOTE;

/** Opens the states that consumers publish of themselves, and producers of the inbox. */
export async function openConsumers(deps: Deps): Promise<Consumers> {
  const { names, cluster } = deps;
  const table = await openRoleTable(deps, names.consumers, parseState);
  const states = () =>
    cluster.members.flatMap(({ clientId }) => {
      const state = table.get(clientId);
      return state && 'clientId' in state ? state : [];
    });
  return {
    states,
    inbox: () => {
      const state = table.get(INBOX_KEY);
      return state && 'leftCount' in state ? state : EMPTY_INBOX;
    },
    alerts: () => {
      const state = table.get(ALERTS_KEY);
      return state && 'raised' in state ? state : NOTHING_RAISED;
    },
    alarms: () =>
      states().flatMap(({ clientId, alarms }) =>
        alarms
          .filter(({ kind }) => !PASSING_ALARMS.has(kind))
          .map(({ kind, detail }) => `${clientId}: ${kind}, ${detail}`),
      ),
    caughtUp: () => table.caughtUp(),
  };
}
