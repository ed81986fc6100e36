"""Writes deliveries into the log with librdkafka, as any Kafka client may.

pip install -r requirements.txt
python3 produce.py [BROKERS] [TOPIC] < alerts.jsonl

Each line of the standard input is one delivery: {"id": ..., "user": ..., "body": ...}.
"""

import json
import sys

from confluent_kafka import Producer

brokers = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:9092"
topic = sys.argv[2] if len(sys.argv) > 2 else "webhooks.deliveries"

producer = Producer(
    {
        "bootstrap.servers": brokers,
        # So that a user has the same partition here and in Hookline: order is kept within one.
        "partitioner": "murmur2_random",
        # A record that is written again after a lost answer is written once.
        "enable.idempotence": True,
    }
)
failed = []


def on_delivery(error, _message):
    if error is not None:
        failed.append(error)


written = 0
for line in sys.stdin:
    alert = json.loads(line)
    # The receiver gets this id with each attempt, and can tell a repeat by it.
    headers = {"webhook-id": alert["id"], "event-type": "alert.raised"}
    value = json.dumps(alert["body"])
    producer.produce(topic, value, alert["user"], headers=headers, on_delivery=on_delivery)
    producer.poll(0)
    written += 1

unwritten = producer.flush(60) + len(failed)
if unwritten > 0:
    sys.exit(f"{unwritten} of {written} records are not written: {failed[:1]}")
print(f"{written} records are written to {topic}")
