import { internalModule, replaceInternalModule } from './internals.ts';

interface Options {
  readonly transactional: boolean;
}

interface EosManager {
  acquireBrokerLock(): Promise<void>;
  releaseBrokerLock(): void;
}

const PATH = 'producer/eosManager';

/**
 * kafkajs 2.2.4 lets an idempotent producer have one request a broker under way, so that sequence
 * numbers stay in order. They count within a partition, where we have only one unresolved send
 * anyway: other partitions need not wait. Transactions keep the lock, which also guards what they
 * tell their coordinator.
 */
function patchBrokerLock(): void {
  const create = internalModule<(options: Options) => EosManager>(PATH);
  replaceInternalModule(PATH, 'producer', (options: Options) => {
    const manager = create(options);
    if (options.transactional) return manager;
    return { ...manager, acquireBrokerLock: () => Promise.resolve(), releaseBrokerLock: () => {} };
  });
}

patchBrokerLock();
