/** Operations by the names of Kafka's tools, with Kafka's numbers. @see KIP-430 */
const OPERATIONS = {
  Read: 3,
  Write: 4,
  Create: 5,
  Delete: 6,
  Alter: 7,
  Describe: 8,
  DescribeConfigs: 10,
} as const;

export type Operation = keyof typeof OPERATIONS;
export type ResourceKind = 'topic' | 'group' | 'transactional-id';

/** Operations on one resource, or on all whose names begin with a prefix. */
export interface Rights {
  readonly kind: ResourceKind;
  readonly name: string;
  readonly isPrefix?: boolean;
  readonly operations: readonly Operation[];
}

/** Operations that Kafka allows to whoever is allowed one of these. */
const IMPLIED: Partial<Record<Operation, readonly Operation[]>> = {
  Describe: ['Read', 'Write', 'Delete', 'Alter'],
};

/**
 * Returns the operations that are not among those which a broker says are allowed.
 *
 * @param bits a bit for each allowed operation, at Kafka's number of the operation
 */
export function missingOperations(
  needed: readonly Operation[],
  bits: number,
): readonly Operation[] {
  const isAllowed = (operation: Operation) => ((bits >> OPERATIONS[operation]) & 1) === 1;
  return needed.filter((one) => !isAllowed(one) && !IMPLIED[one]?.some(isAllowed));
}

/** One line for each resource, such as `Read, Write on topic webhooks.deliveries`. */
export function rightsText(rights: readonly Rights[]): string {
  const line = ({ kind, name, isPrefix, operations }: Rights) => {
    const where = isPrefix ? `each ${kind} that begins with ${name}` : `${kind} ${name}`;
    return `  ${operations.join(', ')} on ${where}`;
  };
  return rights.map(line).join('\n');
}
