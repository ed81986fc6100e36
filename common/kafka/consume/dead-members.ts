import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { ownProcess, startOf } from '../client/own-process.ts';
import { BrokerConnections, sendRequest } from '../client/broker-connections.ts';
import type { KafkaConnection } from '../client/connection.ts';
import { isCertainlyDead, parseClientId } from '../client/process-name.ts';
import { describeMembers } from '../admin/group-members.ts';
import { GroupCoordinators } from '../client/group-coordinators.ts';

interface Deps {
  readonly kafka: KafkaConnection;
  readonly groups: readonly string[];
  readonly logger: Logger;
}

const PATIENCE_MS = 2_000;

/**
 * Leaves groups for members that are dead for certain, so that what they had is given to others now
 * and not when their session has run out. A failure is only logged: then the session does it.
 */
export async function removeDeadMembers({ kafka, groups, logger }: Deps): Promise<void> {
  const connections = new BrokerConnections(kafka);
  const coordinators = new GroupCoordinators(connections);
  try {
    for (const group of groups) {
      const members = await describeMembers(coordinators, group, PATIENCE_MS);
      const dead = members.filter(({ clientId }) => isDead(clientId, kafka));
      for (const { memberId, clientId } of dead) {
        await leave(coordinators, group, memberId);
        logger.info({ group, clientId }, 'group.left-for-dead-member');
      }
    }
  } catch (error) {
    logger.info({ err: messageOf(error) }, 'group.dead-members-not-removed');
  } finally {
    await connections.close();
  }
}

function isDead(clientId: string, { clientId: ownId, instanceName }: KafkaConnection): boolean {
  const name = parseClientId(clientId);
  if (name === null || clientId === ownId) return false;
  return isCertainlyDead(name, ownProcess(instanceName), startOf);
}

/** Anybody may leave for a member whose id is known; one that has gone meanwhile is no failure. */
async function leave(
  coordinators: GroupCoordinators,
  group: string,
  memberId: string,
): Promise<void> {
  await coordinators.ask(
    group,
    async (broker) => {
      const args = { groupId: group, memberId };
      const answer = await sendRequest<{ errorCode: number }>(broker, 'LeaveGroup', args);
      return { answer, errorCodes: [answer.errorCode] };
    },
    PATIENCE_MS,
  );
}
