// Joins a group and stays: GROUP, TOPIC, and CLIENT_ID unless it is that of this process. Prints a
// line once it has joined.
import { connectKafka } from '../../common/kafka/client/connection.ts';
import { joinGroup } from '../../common/kafka/consume/group.ts';
import { createLogger } from '../../common/base/logger.ts';
import { loadConfig } from '../../common/config/config.ts';
import { ownClientId } from '../../common/kafka/client/own-process.ts';

const { GROUP = '', TOPIC = '', CLIENT_ID = '' } = process.env;
const logger = createLogger('member', 'silent');
const config = loadConfig(process.env);
const kafka = connectKafka(config, logger, CLIENT_ID || ownClientId('consumer', ''));
await joinGroup({
  ...{ kafka, groupId: GROUP, topics: [TOPIC], logger },
  handlers: {
    onFence: () => {},
    onRecords: () => {},
    onAssigned: () => {
      process.stdout.write('joined\n');
      return Promise.resolve([]);
    },
  },
  onFatal: () => process.exit(1),
});
