#!/usr/bin/env bash
# @kafkajs/confluent-schema-registry 4.1.0, the usual client of a schema registry for Node. Needs npm.
#
# A Protobuf value says which message of its file it is: `02 02` before it is the second, `04 00 00`
# the first in the first. The client cuts off zero bytes and reads all the rest as the first message of
# the file, so it reads no other: their values end in errors that speak of broken bytes. So does a
# first message with nothing in it, which is one zero byte. Confluent's own serializers write such
# values whenever a file has several messages.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y >/dev/null
npm install --silent --no-audit --no-fund @kafkajs/confluent-schema-registry@4.1.0
cat >decode.cjs <<'EOJ'
const { createServer } = require('node:http');
const { SchemaRegistry } = require('@kafkajs/confluent-schema-registry');
const schema = 'syntax = "proto3"; message Order { string id = 1; message Line { string sku = 1; } } message Refund { string reason = 1; }';
const registry = createServer((request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ schemaType: 'PROTOBUF', schema }));
}).listen(0, '127.0.0.1', async () => {
  const host = `http://127.0.0.1:${registry.address().port}`;
  const client = new SchemaRegistry({ host });
  const frame = (...bytes) => Buffer.from([0, 0, 0, 0, 7, ...bytes]);
  const show = async (what, value) => {
    const decoded = await client.decode(value).catch((error) => error);
    const text = decoded instanceof Error ? `error, ${decoded.message.split(' (')[0]}` : `${decoded.constructor.name} ${JSON.stringify(decoded)}`;
    console.log(`${what}: ${text}`);
  };
  const x = [10, 1, 120];
  await show('the first message', frame(0, ...x));
  await show('the second message', frame(2, 2, ...x));
  await show('one inside the first', frame(4, 0, 0, ...x));
  await show('the first, with nothing in it', frame(0));
  registry.close();
});
EOJ
diff - <(node decode.cjs) <<'EOS'
the first message: Order {"id":"x"}
the second message: error, index out of range: 5 + 1 > 5
one inside the first: error, invalid wire type 4 at offset 1
the first, with nothing in it: error, index out of range: 1 + 1 > 1
EOS
