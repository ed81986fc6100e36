import { dataDirs } from '../../common/config/data-dirs.ts';
import { addRoutes } from '../../common/http/route.ts';
import type { HttpApp } from '../../common/http/http-env.ts';
import type { Role } from '../../common/process/run-role.ts';
import type { LogStore } from '../delivery-log/log-store.ts';
import { waitingTopics } from '../../common/topics/topics.ts';
import { IngestGates } from './ingest-gates.ts';
import { statusRoutes } from './routes.ts';
import { Sampler } from './sampler.ts';
import { shownSettings } from './shown-settings.ts';
import type { Sources } from '../../common/sources/sources.ts';
import { SourceRates } from './source-status.ts';
import { StatusFeed } from './status-feed.ts';
import type { Snapshot } from './status-feed.ts';
import { figuresNow, systemStatus } from './status.ts';
import type { StatusParts } from './status.ts';

/** Parts that are made here. */
type Own = 'sampler' | 'webhookUrl' | 'settings' | 'rates' | 'ingestGates';

interface Deps extends Role, Omit<StatusParts, Own> {
  readonly sources: Sources;
  readonly app: HttpApp;
  readonly store: Pick<LogStore, 'addSample'>;
  /** Ends the streams. */
  readonly signal: AbortSignal;
}

/**
 * The status: its routes, its stream, and what it adds to the plots.
 *
 * @returns the parts that the status is made of
 */
export async function openStatus(deps: Deps): Promise<StatusParts> {
  const { app, config, store, logger, signal, open, cluster } = deps;
  const rates = new SourceRates();
  const { sources } = deps;
  const lifeOf = (topic: string) => (sources.has(topic) ? sources.lifeOf(topic) : null);
  const sampler = new Sampler({
    dir: config.DATA_DIR,
    tick: (atMs) => rates.take(cluster.topics, lifeOf, atMs),
    figures: () => (deps.warmUp.isOver ? figuresNow(parts, Date.now()) : null),
    addSample: (sample) => store.addSample(sample),
    logger,
  });
  const ingestGates = new IngestGates(config.MAX_LAG, waitingTopics(config));
  const fixed = { webhookUrl: config.WEBHOOK_URL, settings: shownSettings(config), ingestGates };
  const parts: StatusParts = { ...deps, ...fixed, rates, sampler };
  open.defer(() => sampler.close());
  await sampler.start();
  const look = async (): Promise<Snapshot> => {
    await cluster.follow();
    const status = systemStatus(parts, Date.now());
    // When the broker was seen changes all the time, and says nothing new.
    const key = JSON.stringify({ ...status, broker_seen_at: null });
    return { text: JSON.stringify(status), key };
  };
  const feed = new StatusFeed({ look, logger, signal });
  addRoutes(app, statusRoutes, { ...parts, feed, dirs: dataDirs(config.DATA_DIR) });
  return parts;
}
