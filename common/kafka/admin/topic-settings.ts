import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { KafkaConnection } from '../client/connection.ts';
import type { TopicSpec } from './partition-plan.ts';
import { withAdmin } from './topic-admin.ts';

/** Kafka's number of this kind of resource. */
const TOPIC = 2;

/**
 * Logs which topics are kept in another way than the settings say, with the commands that change
 * them. Settings count when a topic is made; later ones are an operator's, and are never undone.
 */
export async function warnOfSettings(
  kafka: KafkaConnection,
  table: readonly TopicSpec[],
  logger: Logger,
): Promise<void> {
  try {
    const resources = table.map(({ name, settings }) => {
      return { type: TOPIC, name, configNames: Object.keys(settings) };
    });
    const found = await withAdmin(kafka, (admin) =>
      admin.describeConfigs({ resources, includeSynonyms: false }),
    );
    const actual = new Map(
      found.resources.map(({ resourceName, configEntries }) => [
        resourceName,
        new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
      ]),
    );
    const say = differences(table, actual);
    if (say.length > 0) logger.warn({ say }, 'topics.settings-differ');
  } catch (error) {
    logger.info({ err: messageOf(error) }, 'topics.settings-not-read');
  }
}

/** Returns a command for each topic whose settings differ from those that it would be made with. */
export function differences(
  table: readonly Pick<TopicSpec, 'name' | 'settings'>[],
  actual: ReadonlyMap<string, ReadonlyMap<string, string>>,
): readonly string[] {
  return table.flatMap(({ name, settings }) => {
    const changed = Object.entries(settings).filter(([setting, value]) => {
      const is = actual.get(name)?.get(setting);
      return is !== undefined && is !== value;
    });
    if (changed.length === 0) return [];
    const add = changed.map(([setting, value]) => `${setting}=${value}`).join();
    const was = changed.map(([setting]) => `${setting}=${actual.get(name)?.get(setting)}`).join();
    return [
      `kafka-configs --alter --entity-type topics --entity-name ${name} --add-config ${add} (now ${was})`,
    ];
  });
}
