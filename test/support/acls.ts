import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import { withAdmin } from '../../common/kafka/admin/topic-admin.ts';
import type { Rights } from '../../common/kafka/admin/rights.ts';

/** Kafka's numbers. */
const RESOURCES = { topic: 2, group: 3, 'transactional-id': 5 } as const;
const OPERATIONS = { Read: 3, Write: 4, Create: 5, Delete: 6, Alter: 7, Describe: 8 } as const;
const LITERAL = 3;
const PREFIXED = 4;
const ALLOW = 3;

/** Allows to a principal exactly these operations, as `kafka-acls --add` does. */
export async function grant(
  kafka: KafkaConnection,
  principal: string,
  rights: readonly Rights[],
): Promise<void> {
  const acl = rights.flatMap((right) => entriesOf(principal, right));
  await withAdmin(kafka, (admin) => admin.createAcls({ acl }));
}

/** Takes one operation on one resource away again. */
export async function revoke(
  kafka: KafkaConnection,
  principal: string,
  right: Rights,
): Promise<void> {
  const filters = entriesOf(principal, right);
  await withAdmin(kafka, (admin) => admin.deleteAcls({ filters }));
}

function entriesOf(principal: string, { kind, name, isPrefix, operations }: Rights) {
  return operations.map((operation) => ({
    ...{ principal, host: '*', permissionType: ALLOW },
    resourceType: RESOURCES[kind],
    resourceName: name,
    resourcePatternType: isPrefix ? PREFIXED : LITERAL,
    operation: OPERATIONS[operation as keyof typeof OPERATIONS],
  }));
}
