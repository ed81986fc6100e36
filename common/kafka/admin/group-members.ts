import { kafkaError, sendRequest } from '../client/broker-connections.ts';
import type { GroupCoordinators } from '../client/group-coordinators.ts';

/** A member of a group, in kafkajs' form of the answer to DescribeGroups. */
export interface DescribedMember {
  readonly memberId: string;
  readonly clientId: string;
  readonly clientHost: string;
  readonly memberAssignment: Buffer;
}

interface DescribedGroups {
  readonly groups: readonly {
    readonly errorCode: number;
    readonly members: readonly DescribedMember[];
  }[];
}

/** The members that a group has now. @throws BrokerUnavailableError */
export async function describeMembers(
  coordinators: GroupCoordinators,
  groupId: string,
  patienceMs: number,
): Promise<readonly DescribedMember[]> {
  const { answer, errorCodes } = await coordinators.ask(
    groupId,
    async (broker) => {
      const args = { groupIds: [groupId] };
      const found = await sendRequest<DescribedGroups>(broker, 'DescribeGroups', args);
      const codes = found.groups.map(({ errorCode }) => errorCode);
      return { answer: found, errorCodes: codes.filter((code) => code !== 0) };
    },
    patienceMs,
  );
  const [code] = errorCodes;
  if (code !== undefined) throw kafkaError(code, groupId);
  return answer.groups.flatMap(({ members }) => members);
}
