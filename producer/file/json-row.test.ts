import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonRows } from './json-row.ts';

const delivered: readonly [line: string, userId: string, body: string][] = [
  ['{"user_id":"u1","alert_message":"hello"}', 'u1', '{"userId":"u1","alertMessage":"hello"}'],
  [
    '{ "n" : 1152921506151679042, "alertMessage": "a\\u00e9\\/", "userId": "u1", "f": 1.10 }',
    'u1',
    '{"userId":"u1","alertMessage":"a\\u00e9\\/","n":1152921506151679042,"f":1.10}',
  ],
  [
    '{"user_id":1152921506151679042,"alert_message":"m","x":1e400,"z":-0,"y":[1, {"a": 2.0}]}',
    '1152921506151679042',
    '{"userId":1152921506151679042,"alertMessage":"m","x":1e400,"z":-0,"y":[1, {"a": 2.0}]}',
  ],
  [
    '{"user_id":"u1","alert_message":"m","a":1,"a":2,"__proto__":null,"2":"b","1":"a"}',
    'u1',
    '{"userId":"u1","alertMessage":"m","a":1,"a":2,"__proto__":null,"2":"b","1":"a"}',
  ],
  [
    '{"user_id":"\\u00fc","alert_message":"two\\nlines"}',
    'ü',
    '{"userId":"\\u00fc","alertMessage":"two\\nlines"}',
  ],
];
for (const [line, userId, body] of delivered) {
  test(`the line ${line} is passed on with its values as they stand`, () => {
    const delivery = jsonRows.deliveryOf([line]);
    assert.ok(typeof delivery !== 'string', String(delivery));
    assert.deepEqual(delivery, { userId, body, doubts: [] });
    assert.doesNotThrow(() => JSON.parse(body) as unknown);
  });
}

const rejected: readonly [line: string, reason: RegExp][] = [
  ['{"user_id":"u1","alert_message":"m"', /not a JSON text/],
  ['{"user_id":NaN,"alert_message":"m"}', /not a JSON text/],
  ['  ', /not a JSON text/],
  ['["u1","m"]', /not a JSON object/],
  ['null', /not a JSON object/],
  ['{"alert_message":"m"}', /^no user_id/],
  ['{"user_id":"u1"}', /^no alert_message/],
  ['{"user_id":"u1","userId":"u2","alert_message":"m"}', /more than one user_id/],
  ['{"user_id":"u1","alert_message":"m","alert_message":"n"}', /more than one alert_message/],
  ['{"user_id":null,"alert_message":"m"}', /neither a string nor a whole number/],
  ['{"user_id":1.5,"alert_message":"m"}', /neither a string nor a whole number/],
  ['{"user_id":"","alert_message":"m"}', /user_id is empty/],
  ['{"user_id":"a\\tb","alert_message":"m"}', /user_id has a control character/],
  ['{"user_id":"\\ud800","alert_message":"m"}', /half a character/],
  [`{"user_id":"${'u'.repeat(201)}","alert_message":"m"}`, /longer than 200/],
  ['{"user_id":"u1","alert_message":null}', /alert_message is not a string/],
  ['{"user_id":"u1","alert_message":{"a":1}}', /alert_message is not a string/],
  ['{"user_id":"u1","alert_message":" "}', /alert_message is empty/],
];
for (const [line, reason] of rejected) {
  test(`the line ${line.slice(0, 60)} is rejected`, () => {
    const delivery = jsonRows.deliveryOf([line]);
    assert.ok(typeof delivery === 'string', JSON.stringify(delivery));
    assert.match(delivery, reason);
  });
}

test('doubts that do not depend on separators are found in JSON lines as well', () => {
  const delivery = jsonRows.deliveryOf(['{"user_id":"42.0","alert_message":"NULL"}']);
  assert.ok(typeof delivery !== 'string');
  assert.deepEqual(delivery.doubts, ['null_word', 'number_user_id']);
});
