import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headerAgain, parseHeader } from './header.ts';

const accepted: readonly [fields: string[], userId: number, alertMessage: number, string[]][] = [
  [['user_id', 'alert_message'], 0, 1, []],
  [['alert_message', 'user_id'], 1, 0, []],
  [['userId', 'alertMessage'], 0, 1, []],
  [['USER_ID', 'Alert_Message'], 0, 1, []],
  [[' user_id ', '\talert_message'], 0, 1, []],
  [['note', 'user_id', 'alert_message', ' b '], 1, 2, [',"note":', ',"b":']],
  [['user_id', 'alert_message', ''], 0, 1, []],
  [['user_id', 'alert_message', '', ' '], 0, 1, []],
  [['user_id', 'alert_message', '__proto__', 'q"'], 0, 1, [',"__proto__":', ',"q\\"":']],
];
for (const [fields, userId, alertMessage, prefixes] of accepted) {
  test(`the header ${JSON.stringify(fields)} is accepted`, () => {
    const columns = parseHeader(fields);
    assert.ok(!('invalid' in columns));
    assert.equal(columns.count, fields.length);
    assert.equal(columns.userId, userId);
    assert.equal(columns.alertMessage, alertMessage);
    assert.deepEqual(
      columns.extras.map(({ prefix }) => prefix),
      prefixes,
    );
  });
}

const refused: readonly [fields: string[], wrong: RegExp][] = [
  [['name', 'text'], /needs the columns user_id and alert_message; found: "name", "text"/],
  [['user_id'], /needs the columns/],
  [['alert_message'], /needs the columns/],
  [[''], /needs the columns/],
  [['user_id', 'userId', 'alert_message'], /more than one column user_id/],
  [['user_id', 'alert_message', 'ALERTMESSAGE'], /more than one column alert_message/],
  [['user_id', 'alert_message', 'a', 'a'], /more than one column "a"/],
  [['user_id alert_message'], /needs the columns/],
  [['user_id', 'alert_message', 'note\ru1', 'a'], /"note\\ru1" has a CR in it/],
];
for (const [fields, wrong] of refused) {
  test(`the header ${JSON.stringify(fields)} is refused`, () => {
    const columns = parseHeader(fields);
    assert.ok('invalid' in columns);
    assert.match(columns.invalid, wrong);
  });
}

const again: readonly [fields: string[], 'same' | 'other' | null][] = [
  [['user_id', 'alert_message', 'note'], 'same'],
  [['\ufeffUser_ID', ' alert_message', 'note '], 'same'],
  [['alert_message', 'user_id', 'note'], 'other'],
  [['userId', 'alertMessage', 'note'], 'other'],
  [['user_id', 'alert_message'], 'other'],
  [['user_id', 'alert_message', 'note', 'more'], 'other'],
  [['user_id', 'hello', 'x'], null],
  [['u1', 'alert_message', 'x'], null],
  [['the user_id', 'the alert_message', 'x'], null],
];
for (const [fields, expected] of again) {
  test(`the row ${JSON.stringify(fields)} is ${expected ?? 'no'} header`, () => {
    const columns = parseHeader(['user_id', 'alert_message', 'Note']);
    assert.ok(!('invalid' in columns));
    assert.equal(headerAgain(fields, columns), expected);
  });
}
