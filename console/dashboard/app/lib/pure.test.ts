import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TRIGGERS } from '../../../../common/model/trigger.ts';
import { STATES as STATES_OF_API } from '../../../delivery-log/states.ts';
import { commandsFor } from '../frame/commands.js';
import { hexDump, jsonWith, memberText, prettyJson, prettyLines, textOf } from './bytes.js';
import { curlCommand } from './curl.js';
import { selectionBody } from './dead-letters.js';
import { STATES, attemptText, instantOf, localInput, triggerText } from './delivery.js';
import {
  byUrgency,
  defaultTexts,
  endpointChoices,
  endpointText,
  joined,
  ownOrDefault,
  scheduleText,
  subscriptionBody,
} from './endpoints.js';
import { eventParser } from './events.js';
import { deliveryParts, expectedRows, isCancellable, isMoving, pace } from './file.js';
import { compact, millis, rate } from './format.js';
import { hashOf, parseHash } from './hash.js';
import { placeMs, placeText, replayBody, windowOf } from './replay.js';
import { columnsOf } from './series.js';
import { SECONDS, TENTHS, WHOLE, secondsTexts } from './ticks.js';
import { filledOf, lagOf, lanesOf, ownersOf, topicText, valueOf } from './topics.js';

test('a search offers each state that a delivery can have', () => {
  assert.deepEqual(STATES, [...STATES_OF_API]);
});

test('an attempt of what was put back is labelled', () => {
  const texts = [null, 'redrive', 'replay'].map((trigger) => attemptText({ attempt: 1, trigger }));
  assert.deepEqual(texts, ['1', '1 · resent', '1 · replay']);
  assert.equal(attemptText({ attempt: 0, trigger: null }), '–');
  for (const trigger of TRIGGERS) assert.match(triggerText({ trigger }), new RegExp(trigger));
});

describe('bodies', () => {
  test('JSON is indented with every digit and member as it stands', () => {
    const body = '{"b":1152921506151679042,"a":[1.10,{},[]],"b":"x:{,}"}';
    const lines = [
      '{',
      '  "b": 1152921506151679042,',
      '  "a": [',
      '    1.10,',
      '    {},',
      '    []',
    ];
    assert.equal(prettyJson(body), [...lines, '  ],', '  "b": "x:{,}"', '}'].join('\n'));
    assert.equal(prettyJson('{"open":'), null);
  });

  test('JSON lines are indented one by one, and a last one that is cut stays', () => {
    assert.equal(prettyLines('{"a":1}\n[2]\n'), '{\n  "a": 1\n}\n[\n  2\n]');
    assert.equal(prettyLines('[2]\n{"a":'), '[\n  2\n]\n{"a":');
    for (const text of ['{"a":1}', 'a\n[2]', '']) assert.equal(prettyLines(text), null);
  });

  test('a member of an answer keeps every digit, also when it is sent back', () => {
    const text = '{"id":"s","filter":{"n":[9007199254740993,1.50]}}';
    const member = memberText(text, 'filter');
    assert.equal(member?.replaceAll(/\s/g, ''), '{"n":[9007199254740993,1.50]}');
    assert.equal(jsonWith({ a: 1 }, { filter: '{"n":1.50}' }), '{"a":1,"filter":{"n":1.50}}');
  });

  test('bytes that are not UTF-8 have no text, and are dumped', () => {
    const body = Uint8Array.of(0xff, 0x41, 0x0a);
    assert.equal(textOf(body), null);
    assert.equal(hexDump(body), `00000000  ff 41 0a${' '.repeat(40)} .A.`);
    assert.equal(textOf(new TextEncoder().encode('\ufeffä')), '\ufeffä');
  });

  test('a quote in a body does not end the argument of curl', () => {
    const headers = { 'x-a': '1', authorization: '(hidden)' };
    const command = curlCommand({ url: 'http://a/b', headers, body: `it's $HOME` });
    assert.equal(
      command,
      `curl -i 'http://a/b' \\\n  -H 'x-a: 1' \\\n  --data-binary 'it'\\''s $HOME'`,
    );
  });
});

describe('addresses', () => {
  test('a path and a query survive the way into a hash and back', () => {
    const hash = hashOf(['deliveries', 'a/b %'], { user: 'x&y', status: '', since: null });
    assert.equal(hash, '#/deliveries/a%2Fb%20%25?user=x%26y');
    assert.deepEqual(parseHash(hash), { parts: ['deliveries', 'a/b %'], query: { user: 'x&y' } });
  });

  test('a typed address that is no encoding is taken as it is', () => {
    assert.deepEqual(parseHash('#/a%zz'), { parts: ['a%zz'], query: {} });
    assert.deepEqual(parseHash(''), { parts: [], query: {} });
  });

  test('a time goes into an input and comes back as an instant', () => {
    const iso = '2026-01-31T08:00:00.000Z';
    assert.equal(instantOf(localInput(iso)), iso);
    assert.equal(instantOf('nonsense'), 'nonsense');
    assert.equal(localInput(undefined), '');
  });
});

test('events come out whole, whatever pieces they arrive in', () => {
  const text = ': hello\r\n\r\nevent: status\ndata: {"a":\ndata: 1}\n\ndata: x\r\n\r\n';
  for (const size of [1, 2, 3, 7, text.length]) {
    const parse = eventParser();
    const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, n) =>
      text.slice(n * size, (n + 1) * size),
    );
    assert.deepEqual(
      pieces.flatMap((piece) => parse(piece)),
      [
        { type: 'status', data: '{"a":\n1}' },
        { type: 'message', data: 'x' },
      ],
      `in pieces of ${size}`,
    );
  }
});

describe('files', () => {
  const file = {
    ...{ state: 'done', bytes: 100, bytes_read: 100, rows: 10, delivered: 6, dead: 2 },
    ...{ rejected: 1, retrying: 0, waiting: 1, passed_over: 0, warnings: [] },
  };

  test('one that is read to its end moves on while rows of it wait', () => {
    assert.equal(isMoving(file), true);
    assert.equal(isMoving({ ...file, waiting: 0 }), false);
    assert.equal(isMoving({ ...file, state: 'cancelled' }), false);
  });

  test('one can be cancelled while rows of it certainly are not delivered', () => {
    const given = (changes: object) =>
      isCancellable({ ...file, ledger_complete: true, ...changes });
    assert.equal(given({}), true);
    assert.equal(given({ waiting: 0 }), false);
    assert.equal(given({ ledger_complete: false }), false);
    assert.equal(given({ ledger_complete: false, retrying: 1 }), true);
    assert.equal(given({ ledger_complete: false, state: 'reading' }), true);
    assert.equal(given({ state: 'cancelled' }), false);
  });

  test('dead rows are a part of the bar of their own', () => {
    const { total, parts, text } = deliveryParts(file);
    const dead = parts.find(({ name }) => name === 'dead');
    assert.deepEqual([total, dead], [10, { name: 'dead', value: 2, tone: 'bad' }]);
    assert.equal(text, '60 % delivered');
    const lost = { ...file, delivered: 0, dead: 10, rejected: 0, waiting: 0 };
    assert.equal(deliveryParts(lost).text, '0 % delivered');
  });

  test('the rows of one that is half read are estimated', () => {
    assert.equal(expectedRows({ state: 'reading', rows: 40, bytes: 100, bytes_read: 50 }), 80);
    assert.equal(expectedRows({ state: 'queued', rows: 0, bytes: 100, bytes_read: 0 }), 0);
  });

  test('the time left follows from what was seen, and is unknown before', () => {
    const seen = [
      { atMs: 0, settled: 100 },
      { atMs: 10_000, settled: 600 },
    ];
    assert.deepEqual(pace(seen, 1_000), { perSecond: 50, secondsLeft: 20 });
    assert.deepEqual(pace(seen.slice(1), 1_000), { perSecond: null, secondsLeft: null });
    const still = seen.map(({ atMs }) => ({ atMs, settled: 5 }));
    assert.deepEqual(pace(still, 9), { perSecond: 0, secondsLeft: null });
  });
});

describe('endpoints', () => {
  const line = {
    subscription: null,
    target: 'u',
    state: 'ok',
    waiting: 1,
    oldest_waiting_seconds: 3,
  };
  const subscription = (id: string, enabled: boolean) => ({
    ...{ id, target_url: id, enabled, disabled_reason: enabled ? null : 'why' },
    ...{ event_types: [], description: '' },
  });

  test('one without a delivery is listed, a disabled one as disabled, the furthest behind first', () => {
    const all = joined([subscription('a', true), subscription('b', false)], [line]);
    assert.deepEqual(
      byUrgency(all).map(({ id, state }: { id: string; state: string }) => [id, state]),
      [
        ['default', 'ok'],
        ['b', 'disabled'],
        ['a', 'idle'],
      ],
    );
  });

  test('two of one URL have different texts, and the default one has its id', () => {
    const url = 'https://example.com/hook';
    const texts = [
      { id: 'default', url },
      { id: 'sub_1', url, description: 'Orders' },
      { id: 'sub_2', url, description: '' },
    ].map(endpointText);
    assert.deepEqual(texts, [
      'Default endpoint (example.com/hook · default)',
      'example.com/hook (Orders · sub_1)',
      'example.com/hook (sub_2)',
    ]);
  });

  test('a field offers the default one first, also before the status is known', () => {
    const others = [{ id: 'sub_1', target_url: 'https://example.com/a', description: 'Orders' }];
    assert.deepEqual(endpointChoices(others, [{ subscription: null, target: 'http://a/b' }]), [
      { id: 'default', text: 'Default endpoint · a/b' },
      { id: 'sub_1', text: 'Orders · example.com/a' },
    ]);
    assert.deepEqual(endpointChoices([], []), [{ id: 'default', text: 'Default endpoint' }]);
  });

  test('a default is shown with its value, and as one', () => {
    const settings = { ordering: 'key', timeout_ms: 15_000, retry_schedule_ms: [5_000, 300_000] };
    const { ordering, timeout, schedule } = defaultTexts(settings);
    assert.deepEqual([timeout, schedule], ['15s', '5s, 5m']);
    assert.equal(ownOrDefault(undefined, ordering), 'each user strictly in order, by default');
    assert.equal(ownOrDefault('2s', timeout), '2s');
    assert.equal(ownOrDefault(null, defaultTexts(undefined).timeout), 'the default');
  });

  test('the values of the form become the body of the request', () => {
    const values = { target_url: 'u', event_types: 'a, b.*  c', headers: 'X-A: 1:2\n\n y : z' };
    assert.deepEqual(subscriptionBody(values), {
      ...{ target_url: 'u', description: '', rate_limit: null, ordering: null },
      event_types: ['a', 'b.*', 'c'],
      headers: { 'X-A': '1:2', y: 'z' },
      ...{ timeout_ms: null, retry_schedule_ms: null, concurrency: null, format: 'standard' },
      signatures: ['v1'],
    });
  });

  test('times have units in the form, and what is none goes to the API as it is', () => {
    const values = { timeout_ms: '1.5s', retry_schedule_ms: '250ms, 5m soon', concurrency: 'x' };
    const body = subscriptionBody({ ...values, 'signature v1a': 'on' });
    assert.equal(body.timeout_ms, 1_500);
    assert.deepEqual(body.retry_schedule_ms, [250, 300_000, 'soon']);
    assert.equal(body.concurrency, 'x');
    assert.deepEqual(body.signatures, ['v1', 'v1a']);
    assert.deepEqual(subscriptionBody({ retry_schedule_ms: 'none' }).retry_schedule_ms, []);
    for (const schedule of [[250, 5_000, 300_000], [], [7_200_000]]) {
      const text = scheduleText(schedule);
      assert.deepEqual(subscriptionBody({ retry_schedule_ms: text }).retry_schedule_ms, schedule);
    }
  });
});

describe('topics', () => {
  const partition = { committed: 5, end: 9, owner: 'a' };
  const partitions = [partition, { ...partition, owner: null }, { ...partition, committed: null }];

  test('the lag is of the partitions that are committed, and unknown without one', () => {
    assert.equal(lagOf({ partitions }), 8);
    assert.equal(lagOf({ partitions: partitions.slice(2) }), null);
    assert.deepEqual(ownersOf({ partitions }), ['a']);
  });

  test('partitions with something in them are told from those without', () => {
    const all = [0, 1, 2].map((partition) => ({ partition, start: 5, end: 5 + partition }));
    assert.deepEqual(filledOf(all), [1, 2]);
  });

  test('what a topic holds is said in words where it is known', () => {
    const all = ['w.deliveries', 'w.deliveries-bulk', 'w.deliveries-retry-5000', 'orders'];
    assert.deepEqual(all.map(topicText), [
      'What the API has accepted (w.deliveries)',
      'Files, replays and redrives (w.deliveries-bulk)',
      'Attempts that wait 5s (w.deliveries-retry-5000)',
      'orders',
    ]);
    assert.deepEqual(lanesOf(all), all.slice(0, 2));
  });

  test('a value comes as its bytes, as text or not', () => {
    assert.deepEqual(valueOf({ value: null, value_base64: '/wA=' }), Uint8Array.of(0xff, 0));
    assert.deepEqual(valueOf({ value: 'ä', value_base64: null }), new TextEncoder().encode('ä'));
    assert.equal(valueOf({ value: null, value_base64: null }), null);
  });
});

test('a redrive means what was chosen, else what the filter means', () => {
  assert.deepEqual(selectionBody(['a'], { user: 'u' }), { ids: ['a'] });
  assert.deepEqual(selectionBody([], { user: 'u', status: '500', window: '3h' }), {
    filter: { user: 'u', status: 500 },
  });
  assert.deepEqual(selectionBody([], {}), { filter: {} });
});

test('a window that is dragged backwards is the same window', () => {
  assert.deepEqual(windowOf(60_000, 0), windowOf(0, 60_000));
  assert.deepEqual(replayBody({ from: '1', rate: '2.5' }), { from: '1', rate: 2.5 });
});

test('a time back is written in many ways, and other places stay as they are', () => {
  for (const text of ['10m', '10 min', 'last 10 min', 'the last 10 minutes', ' 10 minutes ago']) {
    assert.equal(placeText(text), '10m', text);
    assert.equal(placeMs(text, 900_000), 300_000, text);
  }
  assert.deepEqual(['2 hours', 'last 1 day', '30 secs'].map(placeText), ['2h', '1d', '30s']);
  for (const text of ['17', 'earliest', '2026-01-31T08:00:00Z', 'last week', '10 monkeys', '']) {
    assert.equal(placeText(text), text);
  }
  assert.equal(placeMs('2026-01-31T08:00:00Z', 0), Date.UTC(2026, 0, 31, 8));
});

test('figures of a step become figures of a second, and a gap stays a gap', () => {
  const at = '2026-01-31T08:00:00.000Z';
  const points = [{ at, delivered: 50 }, { at }];
  const { at: times, perSecond } = columnsOf({ step_seconds: 10, points });
  assert.deepEqual(perSecond('delivered'), [5, null]);
  assert.equal(times[0], Date.parse(at) / 1_000);
});

describe('the marks of an axis', () => {
  /** As uPlot does: the first step that leaves enough room, from zero up. */
  const textsOf = (max: number, steps: readonly number[], texts: Texts) => {
    const room = 124 / 32;
    const step = steps.find((one) => one >= (max * 1.1) / room) as number;
    const count = Math.floor((max * 1.1) / step) + 1;
    return texts(
      Array.from({ length: count }, (_, n) => Math.round(n * step * 10) / 10),
      step,
    );
  };
  type Texts = (marks: number[], step: number) => string[];
  const each = (format: (mark: number) => string) => (marks: number[]) => marks.map(format);

  test('have different texts, however high the values are', () => {
    for (const [steps, texts] of [
      [TENTHS, each(rate)],
      [TENTHS, each(millis)],
      [WHOLE, each(compact)],
      [SECONDS, secondsTexts],
    ] as const) {
      for (let max = 0.1; max < 1e9; max *= 1.07) {
        const shown = textsOf(max, steps, texts);
        assert.equal(new Set(shown).size, shown.length, `${max}: ${shown.join(', ')}`);
      }
    }
  });

  test('are in one unit of time', () => {
    assert.deepEqual(textsOf(1, SECONDS, secondsTexts), ['0 s', '1 s']);
    assert.deepEqual(textsOf(3_600, SECONDS, secondsTexts), ['0 min', '30 min', '60 min']);
  });
});

describe('the palette', () => {
  const status = {
    endpoints: [{ subscription: null, target: 'https://shop.example/hook' }],
    files: { latest: [{ id: 'f', name: 'shop.csv' }] },
  };
  const titles = (text: string) => commandsFor(text, status).map(({ title }) => title);

  test('a word is a user before it is an id, and finds endpoints and files', () => {
    const found = ['Find deliveries to shop', 'Open delivery shop', 'Default endpoint', 'shop.csv'];
    assert.deepEqual(titles('shop'), found);
  });

  test('what looks like an id is one', () => {
    assert.equal(
      titles('01M7YY9YDZ3V9Q7W4B2M6N0P5R')[0],
      'Open delivery 01M7YY9YDZ3V9Q7W4B2M6N0P5R',
    );
  });

  test('nothing typed shows every view', () => {
    assert.equal(titles('')[0], 'Overview');
    assert.equal(commandsFor('', null).length > 7, true);
  });
});
