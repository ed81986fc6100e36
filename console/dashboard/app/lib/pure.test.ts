import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TRIGGERS } from '../../../../common/model/trigger.ts';
import { STATES as STATES_OF_API } from '../../../delivery-log/states.ts';
import { commandsFor } from '../frame/commands.js';
import { hexDump, jsonWith, memberText, prettyJson, prettyLines, textOf } from './bytes.js';
import { curlCommand, leftOutHeaders } from './curl.js';
import { selectionBody } from './dead-letters.js';
import { STATES, attemptText, instantOf, localInput, triggerText } from './delivery.js';
import { eventParser } from './events.js';
import {
  deliveryParts,
  expectedRows,
  isCancellable,
  isMoving,
  otherWarnings,
  pace,
  troubleOf,
} from './file.js';
import { formError } from './problem.js';
import { hashOf, parseHash } from './hash.js';
import { placeMs, placeText, replayBody, windowOf } from './replay.js';
import { columnsOf } from './series.js';

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

test('a copied request names what it lacks, such as the signature of an endpoint that signs', () => {
  const signed = { 'x-a': '1', 'webhook-signature': '(hidden)', 'x-b': '(hidden)' };
  assert.deepEqual(leftOutHeaders(signed), ['webhook-signature', 'x-b']);
  assert.deepEqual(leftOutHeaders({ 'x-a': '1' }), []);
});

test('a form that was refused names its fields as the page does', () => {
  const message = 'target_url: allowed: a URL';
  const fields = ['target_url', 'headers.x'].map((field) => ({ field }));
  const labels = { target_url: 'Target URL', headers: 'Headers' };
  assert.equal(formError({ message, fields }, labels), 'Not accepted: Target URL, Headers.');
  assert.equal(formError({ message, fields }, { target_url: 'Target URL' }), message);
  assert.equal(formError({ message }, labels), message);
});

test('that a file has the content of another is said once, without the name of a setting', () => {
  const code = 'same_content_skipped';
  const message = 'same content as a.csv of 2026-01-31; not delivered (ON_SAME_CONTENT=skip)';
  const warnings = [{ code, message }];
  const file = { dead: 0, rejected: 0, warnings, same_content_as: { name: 'a.csv' } };
  assert.equal(troubleOf(file), 'same content as a.csv, so it was not delivered again');
  assert.deepEqual(otherWarnings(file), []);
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

describe('the palette', () => {
  const status = {
    endpoints: [{ subscription: null, target: 'https://shop.example/hook' }],
    files: { latest: [{ id: 'f', name: 'shop.csv' }] },
  };
  const titles = (text: string) => commandsFor(text, status).map(({ title }) => title);

  test('an endpoint that matches comes first, and a word is a user before it is an id', () => {
    const found = ['Default endpoint', 'Find deliveries to shop', 'Open delivery shop', 'shop.csv'];
    assert.deepEqual(titles('shop'), found);
  });

  test('what looks like an id is one', () => {
    assert.equal(
      titles('01M7YY9YDZ3V9Q7W4B2M6N0P5R')[0],
      'Open delivery 01M7YY9YDZ3V9Q7W4B2M6N0P5R',
    );
  });

  test('the id of an endpoint leads to it, though it looks like that of a delivery', () => {
    const id = 'sub_01M7YW2WV4Y3XXTVDHXA0DBFFM';
    const endpoints = [{ subscription: id, target: 'https://shop.example/hook' }];
    assert.equal(commandsFor(id, { ...status, endpoints })[0]?.href, `#/endpoints/${id}`);
  });

  test('a reset of offsets is found by what people call it', () => {
    for (const word of ['reset', 'rewind']) {
      const hrefs = commandsFor(word, status).map(({ href }) => href);
      assert.ok(hrefs.includes('#/replay?view=reset'), word);
    }
  });

  test('nothing typed shows every view', () => {
    assert.equal(titles('')[0], 'Overview');
    assert.equal(commandsFor('', null).length > 7, true);
  });
});
