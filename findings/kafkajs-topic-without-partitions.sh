#!/usr/bin/env bash
# kafkajs 2.2.4: a topic that has no partitions for a moment. Needs npm.
#
# `admin.fetchOffsets({ groupId, topics })` looks the topics up side by side: for each it says that it
# wants the topic, waits for the metadata and counts its partitions. Who waits while a request for
# metadata is under way is given the answer to that one, which was sent before the topic was wanted. So
# with three topics, when the third of four requests is answered last (each may go to another broker),
# the third topic has 0 partitions: no offset of it is asked for, and the answer leaves it out as if
# the group had never committed there. There is no error. A group's leader counts in the same way, and
# gives nobody the partitions of such a topic.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-fund --no-audit kafkajs@2.2.4

cat >look-up.js <<'JS'
const Cluster = require('kafkajs/src/cluster');

const silent = { namespace: () => silent, debug() {}, info() {}, warn() {}, error() {} };

/** Looks three topics up as `admin.fetchOffsets` does; a broker answers one of the requests late. */
async function lookUp(lateRequest) {
  const brokers = ['127.0.0.1:1'];
  const cluster = new Cluster({ logger: silent, brokers, retry: { retries: 0 }, metadataMaxAge: 3e5 });
  let requests = 0;
  const broker = {
    async metadata(topics) {
      requests += 1;
      await new Promise((resolve) => setTimeout(resolve, requests === lateRequest ? 400 : 40));
      const partitionMetadata = [{ partitionId: 0 }, { partitionId: 1 }];
      return { brokers: [], topicMetadata: topics.map((topic) => ({ topic, partitionMetadata })) };
    },
  };
  cluster.brokerPool.seedBroker = { connectionPool: {} };
  cluster.brokerPool.findConnectedBroker = async () => broker;
  const partitionsOf = async (topic) => {
    await cluster.addTargetTopic(topic);
    await cluster.refreshMetadataIfNecessary();
    return cluster.findTopicPartitionMetadata(topic).length;
  };
  return Promise.all(['a', 'b', 'c'].map(partitionsOf));
}

(async () => {
  console.log('none is late:', (await lookUp(0)).join());
  console.log('the third is late:', (await lookUp(3)).join());
})();
JS
diff - <(node look-up.js) <<'EOT'
none is late: 2,2,2
the third is late: 2,2,0
EOT
echo 'as described'
