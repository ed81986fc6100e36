#!/usr/bin/env bash
# kafkajs 2.2.4: a request that is waited for without end, whatever `requestTimeout` says. Needs npm.
#
# A connection that is being closed waits for the answers under way and still takes requests. One that
# follows right upon the last answer is sent, and then the timer that looks for late answers is stopped
# and the socket is half-closed. The server closes it without an answer, and nobody is told.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-fund --no-audit kafkajs@2.2.4

cat >ask.js <<'JS'
const { createServer } = require('node:net');
const Connection = require('kafkajs/src/network/connection');
const socketFactory = require('kafkajs/src/network/socketFactory');

const silent = { namespace: () => silent, debug() {}, info() {}, warn() {}, error() {} };
const REQUEST_TIMEOUT_MS = 500;
const LONG_MS = 10 * REQUEST_TIMEOUT_MS;

/** An answer of Kafka: its length, and the number of the request that it is to. */
function answerTo(correlationId) {
  const frame = Buffer.alloc(8);
  frame.writeInt32BE(4, 0);
  frame.writeInt32BE(correlationId, 4);
  return frame;
}

/** Returns how a promise has ended by the end of LONG_MS, or that it is still pending. */
function outcome(promise) {
  const waited = new Promise((resolve) => setTimeout(resolve, LONG_MS, 'still waited for'));
  const ended = promise.then(() => 'answered', (error) => error.name);
  return Promise.race([ended, waited]);
}

(async () => {
  const sockets = [];
  // Closes its half once the client has closed the other, as a broker does.
  const server = createServer((socket) => sockets.push(socket.on('error', () => {}).resume()));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const open = async () => {
    const connection = new Connection({
      host: '127.0.0.1', port: server.address().port, logger: silent,
      requestTimeout: REQUEST_TIMEOUT_MS, connectionTimeout: 5_000, socketFactory: socketFactory(),
    });
    await connection.connect();
    while (sockets.length === 0) await new Promise(setImmediate);
    return { connection, socket: sockets.pop() };
  };
  const ask = (connection) => new Promise((resolve, reject) => {
    const correlationId = connection.nextCorrelationId();
    const entry = { apiKey: 18, apiName: 'ApiVersions', apiVersion: 0, correlationId, resolve, reject };
    const sendRequest = () => connection.socket.write(answerTo(correlationId));
    connection.requestQueue.push({ entry, expectResponse: true, requestTimeout: null, sendRequest });
  });

  const silentOne = await open();
  console.log('a request without an answer:', await outcome(ask(silentOne.connection)));

  const closing = await open();
  const next = ask(closing.connection).then(() => ask(closing.connection));
  void closing.connection.disconnect();
  closing.socket.write(answerTo(0));
  console.log('behind the last answer of one that closes:', await outcome(next));
  process.exit();
})();
JS
diff - <(node ask.js) <<'EOT'
a request without an answer: KafkaJSRequestTimeoutError
behind the last answer of one that closes: still waited for
EOT
echo 'as described'
