import type { Logger } from '../../base/logger.ts';
import { assertKafkajs } from '../internals.ts';
import { fixAbortedRecords } from './aborted-records.ts';
import { fixConnectionLife } from './connection-life.ts';
import { fixCoordinatorNotFound } from './coordinator-not-found.ts';
import { fixFailedJoin } from './failed-join.ts';
import { fixFetchRecovery } from './fetch-recovery.ts';
import { fixFetchWait } from './fetch-wait.ts';
import { fixFetchedRecords } from './fetched-records.ts';
import { fixGroupTopics } from './group-topics.ts';
import { fixLeaderlessPartitions } from './leaderless-partition.ts';
import { fixLostCoordinator } from './lost-coordinator.ts';
import { fixRequestQueueTimer } from './request-queue-timer.ts';
import { fixSharedRefresh } from './shared-refresh.ts';
import { fixStaleLeader } from './stale-leader.ts';
import { fixUnreadablePartitions } from './unreadable-partition.ts';

let isInstalled = false;

/**
 * Repairs kafkajs in this process, once; README.md beside this file says what and why.
 *
 * @throws InvariantError kafkajs has another version, or another inside, than the one we know
 */
export function installFixes(logger: Logger): void {
  if (isInstalled) return;
  isInstalled = true;
  assertKafkajs();
  fixFetchedRecords();
  fixUnreadablePartitions((at) => logger.error(at, 'log.partition-unreadable'));
  fixConnectionLife();
  // Before the repair of failed joins, for which this is a part of a join.
  fixGroupTopics();
  fixFailedJoin();
  fixLostCoordinator();
  fixFetchWait();
  fixCoordinatorNotFound();
  fixSharedRefresh();
  fixLeaderlessPartitions();
  fixStaleLeader();
  fixFetchRecovery();
  fixRequestQueueTimer();
  fixAbortedRecords();
}
