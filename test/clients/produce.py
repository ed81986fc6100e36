"""Writes records with librdkafka. Standard input: {"config": {...}, "topic": ..., "records": [...]}.

A record has a value, or the size of one, and may have a key and headers. Standard output: the
partition and the offset of each, as JSON.
"""
import json
import sys

from confluent_kafka import Producer

job = json.load(sys.stdin)
written = []


def on_delivery(error, message):
    if error is not None:
        sys.exit(f"not written: {error}")
    written.append({"partition": message.partition(), "offset": message.offset()})


producer = Producer(job["config"])
for record in job["records"]:
    value = record["value"] if "value" in record else b"x" * record["size"]
    headers = list(record.get("headers", {}).items())
    producer.produce(
        job["topic"], value, record.get("key"), headers=headers, on_delivery=on_delivery
    )
left = producer.flush(60)
if left > 0:
    sys.exit(f"{left} records are not written")
print(json.dumps(written))
