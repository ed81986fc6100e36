#!/usr/bin/env bash
# kafkajs 2.2.4 and Apache Kafka 4.3.0: a partition that the broker cannot read. Needs npm, a JDK from
# 17 on, and Maven.
#
# A broker answers a fetch partition by partition. Where the log of one of them is damaged on its disk,
# that one has the error CORRUPT_MESSAGE, or KAFKA_STORAGE_ERROR, and the others have their records.
# kafkajs fails the whole answer: the consumer crashes, joins again, crashes again, and reads nothing of
# any partition of that broker, for as long as the one is damaged. Kafka's own consumer throws for that
# one and reads the others.
set -euo pipefail
work=$(mktemp -d)
broker=
trap '[ -z "$broker" ] || { kill -9 "$broker"; wait "$broker" 2>/dev/null; }; rm -rf "$work"' EXIT
cd "$work"

cat >pom.xml <<'EOF'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>findings</groupId>
  <artifactId>broker</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>4.3.0</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-simple</artifactId>
      <version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
EOF
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
  -DoutputDirectory=jars -DincludeScope=runtime >mvn.log || { cat mvn.log; exit 1; }
npm install --silent --no-fund --no-audit kafkajs@2.2.4

node -e '
  const { createServer } = require("node:net");
  const servers = [0, 0].map(() => createServer().listen(0, "127.0.0.1"));
  setTimeout(() => {
    console.log(servers.map((server) => server.address().port).join(" "));
    servers.forEach((server) => server.close());
  }, 100);' >ports
read -r port controller <ports
cat >server.properties <<EOF
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$port
log.dirs=$work/log
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
group.initial.rebalance.delay.ms=0
EOF
java -cp 'jars/*' kafka.tools.StorageTool format -t NEkVK2W8SIKc3a6QV7mGDg \
  -c server.properties >broker.log 2>&1
java -Xmx384m -cp 'jars/*' kafka.Kafka server.properties >>broker.log 2>&1 &
broker=$!

cat >write.js <<'EOF'
const { Kafka, logLevel } = require('kafkajs');
const brokers = [process.argv[2]];
const retry = { retries: 30, initialRetryTime: 300, maxRetryTime: 1_000 };
const kafka = new Kafka({ brokers, retry, logLevel: logLevel.NOTHING });
(async () => {
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: 't', numPartitions: 2 }] });
  await admin.disconnect();
  const producer = kafka.producer();
  await producer.connect();
  for (const partition of [0, 1]) {
    await producer.send({ topic: 't', messages: [{ partition, value: `of ${partition}` }] });
  }
  await producer.disconnect();
})();
EOF
cat >read.js <<'EOF'
const { Kafka, logLevel } = require('kafkajs');
const kafka = new Kafka({ brokers: [process.argv[2]], logLevel: logLevel.NOTHING });
(async () => {
  const consumer = kafka.consumer({ groupId: 'g', retry: { retries: 1, initialRetryTime: 100 } });
  const read = [];
  const crashes = [];
  consumer.on('consumer.crash', ({ payload }) => crashes.push(payload.error.name));
  await consumer.subscribe({ topic: 't', fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void read.push(`${message.value}`) });
  setTimeout(() => {
    console.log('kafkajs read', JSON.stringify(read));
    console.log('kafkajs crashed again and again:', crashes.length > 1);
    process.exit();
  }, 20_000);
})();
EOF
cat >Read.java <<'EOF'
import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

class Read {
  public static void main(String[] args) {
    var settings = Map.<String, Object>of("bootstrap.servers", args[0]);
    var text = new StringDeserializer();
    var consumer = new KafkaConsumer<String, String>(settings, text, text);
    var both = List.of(new TopicPartition("t", 0), new TopicPartition("t", 1));
    consumer.assign(both);
    consumer.seekToBeginning(both);
    var read = new TreeSet<String>();
    for (int n = 0; n < 20; n++) {
      try {
        for (var record : consumer.poll(Duration.ofMillis(500))) read.add(record.value());
      } catch (RuntimeException e) {
        read.add(e.getClass().getSimpleName());
      }
    }
    System.out.println("Java read " + read);
  }
}
EOF
node write.js "127.0.0.1:$port"
# The length of the first batch: below that of any batch.
printf '\0\0\0\1' | dd of=log/t-0/00000000000000000000.log bs=1 seek=8 conv=notrunc status=none
diff - <(node read.js "127.0.0.1:$port" && java -cp 'jars/*' Read.java "127.0.0.1:$port" 2>read.log) <<'EOF'
kafkajs read []
kafkajs crashed again and again: true
Java read [KafkaException, of 1]
EOF
echo 'as described'
