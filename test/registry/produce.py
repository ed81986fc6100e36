"""Writes values of each kind by Confluent's serializers, and prints the JSON that each must become.

BOOTSTRAP REGISTRY TOPIC FOLDER: the folder has the modules that protoc made of the .proto files.
"""
import decimal
import json
import sys

from confluent_kafka import Producer
from confluent_kafka.schema_registry import Schema, SchemaReference, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf.json_format import MessageToDict

bootstrap, url, topic, folder = sys.argv[1:]
sys.path.insert(0, folder)
import shop_pb2  # noqa: E402

BIG = 2**53 + 1
registry = SchemaRegistryClient({"url": url})
producer = Producer({"bootstrap.servers": bootstrap})
expected = []


def write(kind, serialize, value, becomes):
    # Subjects of their own: those of one topic would have to be compatible.
    context = SerializationContext(f"{topic}-{kind}", MessageField.VALUE)
    producer.produce(topic, key=kind, value=serialize(value, context))
    expected.append({"kind": kind, "json": becomes})


address = {"type": "record", "name": "Address", "namespace": "shop", "fields": [{"name": "city", "type": "string"}]}
registry.register_schema("address", Schema(json.dumps(address), "AVRO"))
money = {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2}
order = {
    "type": "record",
    "name": "Order",
    "namespace": "shop",
    "fields": [
        {"name": "id", "type": "long"},
        {"name": "total", "type": money},
        {"name": "note", "type": ["null", "string"], "default": None},
        {"name": "to", "type": "shop.Address"},
        {"name": "tags", "type": {"type": "array", "items": "string"}},
    ],
}
reference = SchemaReference("shop.Address", "address", 1)
avro = AvroSerializer(registry, Schema(json.dumps(order), "AVRO", [reference]))
value = {"id": BIG, "total": decimal.Decimal("-12.50"), "note": "fragile", "to": {"city": "Zürich"}, "tags": ["a"]}
write("avro", avro, value, {**value, "total": "-12.50"})

schema = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "Order",
    "type": "object",
    "properties": {"id": {"type": "integer"}},
}
value = {"id": BIG, "note": "as it is"}
write("json", JSONSerializer(json.dumps(schema), registry), value, value)

refund = shop_pb2.Refund(order_id=BIG)
refund.paid_back_at.FromJsonString("2026-11-30T12:00:00.120Z")
refund.total.cents = 250
serializer = ProtobufSerializer(shop_pb2.Refund, registry, {"use.deprecated.format": False})
write("protobuf-second", serializer, refund, MessageToDict(refund))
line = shop_pb2.Order.Line(sku="a-1")
serializer = ProtobufSerializer(shop_pb2.Order.Line, registry, {"use.deprecated.format": False})
write("protobuf-nested", serializer, line, MessageToDict(line))
first = shop_pb2.Order(order_id=7, lines=[shop_pb2.Order.Line(sku="b")])
serializer = ProtobufSerializer(shop_pb2.Order, registry, {"use.deprecated.format": False})
write("protobuf-first", serializer, first, MessageToDict(first))

if producer.flush(30) > 0:
    sys.exit("not all was written")
print(json.dumps(expected))
