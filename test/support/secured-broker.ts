import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { freePort } from '../../infra/process/ports.ts';
import { startChild } from '../../infra/process/child.ts';
import { javaOptions } from '../../infra/kafka/broker-process.ts';
import { formatStorage, newClusterId } from '../../infra/kafka/format-storage.ts';
import { folderSettings, portSettings } from '../../infra/kafka/broker-settings.ts';
import type { BrokerNode } from '../../infra/kafka/broker-settings.ts';
import { ensureJars, jarCache } from '../../infra/kafka/jars.ts';
import { probeBrokers } from '../../infra/kafka/metadata-probe.ts';
import { COMPILE_LITTLE } from './quick-java.ts';
import { tempDir } from './temp-dir.ts';
import { until } from './until.ts';

const HOST = '127.0.0.1';

/** A broker with TLS, logins and an authorizer, which allows nothing that no ACL allows. */
export interface SecuredBroker {
  /** Without a login: a super user, for the test itself. */
  readonly admin: string;
  /** TLS and a SASL login. */
  readonly sasl: string;
  /** TLS with a client certificate. */
  readonly mutual: string;
  readonly ca: string;
  /** Another authority, which has signed nothing here. */
  readonly otherCa: string;
  /** Makes a client certificate. @returns the paths of its PEM files */
  certificate(name: string): { readonly cert: string; readonly key: string };
  /** The broker's log: refusals of the authorizer and, with `isNoisy`, what it allowed. */
  log(): string;
}

interface Options {
  /** Another version of Kafka than the embedded one. */
  readonly version?: string;
  /** The authorizer logs what it allows, too. */
  readonly isNoisy?: boolean;
  /** Further settings of the broker. */
  readonly settings?: Readonly<Record<string, string>>;
}

const JAAS = 'org.apache.kafka.common.security';
/** Names of the users of PLAIN, whose password is their name. */
export const PLAIN_USERS = ['producer', 'consumer', 'console'];

/** Starts one; it ends with the test. @throws Error openssl is missing, or it does not start */
export async function securedBroker(
  t: TestContext,
  { version, isNoisy = false, settings = {} }: Options = {},
): Promise<SecuredBroker> {
  const dir = tempDir(t);
  const pem = authority(dir);
  const ports = { sasl: await freePort(HOST), mutual: await freePort(HOST) };
  const node: BrokerNode = {
    id: 1,
    dir: join(dir, 'node-1'),
    port: await freePort(HOST),
    controllerPort: await freePort(HOST),
  };
  const java = { command: 'java', jars: await ensureJars(jarCache(process.env), version) };
  await formatStorage(java, node, [node], HOST, newClusterId());
  const broker = pem.issue('broker', `subjectAltName=IP:${HOST},DNS:localhost`);
  // Kafka's form of a key store in PEM: the key, then the certificates.
  const store = join(dir, 'broker-store.pem');
  writeFileSync(store, readFileSync(broker.key, 'utf8') + readFileSync(broker.cert, 'utf8'));
  const plain = portSettings(node, [node], HOST);
  const more = `,SASL_SSL://${HOST}:${ports.sasl},SSL://${HOST}:${ports.mutual}`;
  const users = PLAIN_USERS.map((name) => `user_${name}="${name}"`).join(' ');
  const all = {
    ...folderSettings(node, 1),
    ...plain,
    listeners: plain['listeners'] + more,
    'advertised.listeners': plain['advertised.listeners'] + more,
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map':
      'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': store,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': pem.ca,
    'listener.name.ssl.ssl.client.auth': 'required',
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    'listener.name.sasl_ssl.plain.sasl.jaas.config': `${JAAS}.plain.PlainLoginModule required ${users};`,
    'listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config': `${JAAS}.scram.ScramLoginModule required;`,
    'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': `${JAAS}.scram.ScramLoginModule required;`,
    // Kafka's own handler for tests takes tokens without a signature.
    'listener.name.sasl_ssl.oauthbearer.sasl.jaas.config': `${JAAS}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
    ...settings,
  };
  const path = join(dir, 'kafka.log');
  const properties = join(dir, 'secured.properties');
  const escaped = (value: string) => value.replaceAll('\\', '\\\\');
  writeFileSync(
    properties,
    Object.entries(all)
      .map(([name, value]) => `${name}=${escaped(value)}\n`)
      .join(''),
  );
  const level = isNoisy ? 'debug' : 'info';
  const logging = `-Dorg.slf4j.simpleLogger.log.kafka.authorizer.logger=${level}`;
  const output = openSync(path, 'a');
  const args = [
    ...['-Xmx512m', COMPILE_LITTLE, logging],
    ...javaOptions(java, 'secured'),
    ...['kafka.Kafka', properties],
  ];
  const child = startChild({ command: java.command, args, graceMs: 5_000, output });
  closeSync(output);
  let hasEnded = false;
  void child.exited.then(() => (hasEnded = true));
  t.after(async () => {
    child.kill();
    await child.exited;
  });
  const log = () => readFileSync(path, 'utf8');
  const admin = `${HOST}:${node.port}`;
  await until(async () => hasEnded || (await probeBrokers(admin, 2_000)) === 1, {
    timeoutMs: 60_000,
    everyMs: 200,
    describe: log,
  });
  if (hasEnded) throw new Error(log());
  return {
    ...{ admin, ca: pem.ca, otherCa: pem.otherCa, log },
    sasl: `${HOST}:${ports.sasl}`,
    mutual: `${HOST}:${ports.mutual}`,
    certificate: (name) => pem.issue(name),
  };
}

/** Makes an authority, and another one that nobody trusts. */
function authority(dir: string) {
  const at = (name: string) => join(dir, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  for (const name of ['ca', 'other-ca']) {
    const subject = ['-subj', `/CN=${name}`, '-days', '2'];
    const files = ['-keyout', at(`${name}.key`), '-out', at(`${name}.pem`)];
    openssl('req', '-x509', ...key, ...subject, ...files);
  }
  return {
    ca: at('ca.pem'),
    otherCa: at('other-ca.pem'),
    issue(name: string, extension?: string) {
      const subject = ['-subj', `/O=Hookline/CN=${name}`];
      const files = ['-keyout', at(`${name}.key`), '-out', at(`${name}.csr`)];
      const further = extension ? ['-addext', extension] : [];
      openssl('req', '-new', ...key, ...subject, ...further, ...files);
      const signed = ['-in', at(`${name}.csr`), '-out', at(`${name}.pem`), '-days', '2'];
      const by = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial'];
      openssl('x509', '-req', ...signed, ...by, '-copy_extensions', 'copy');
      return { cert: at(`${name}.pem`), key: at(`${name}.key`) };
    },
  };
}
