import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvLine, parseAlert } from './alert.ts';

const parsed: readonly [body: string, expected: [string, string] | null][] = [
  ['{"userId":"u","alertMessage":"m"}', ['u', 'm']],
  ['{"userId":7,"alertMessage":"m","more":true}', ['7', 'm']],
  ['{"userId":"u","alertMessage":""}', ['u', '']],
  ['{"userId":"u"}', null],
  ['{"alertMessage":"m"}', null],
  ['{"userId":null,"alertMessage":"m"}', null],
  ['{"userId":"u","alertMessage":["m"]}', null],
  ['[]', null],
  ['null', null],
  ['{"userId":', null],
  ['', null],
];
for (const [body, expected] of parsed) {
  test(`the body ${body || '(none)'} is ${expected ? 'an alert' : 'no alert'}`, () => {
    const alert = parseAlert(Buffer.from(body));
    assert.deepEqual(alert && [alert.userId, alert.alertMessage], expected);
  });
}

const lines: readonly [message: string, line: string][] = [
  ['plain', 'u,plain\n'],
  ['a, b', 'u,"a, b"\n'],
  ['say "hi"', 'u,"say ""hi"""\n'],
  ['two\nlines', 'u,"two\nlines"\n'],
  ['cr\rhere', 'u,"cr\rhere"\n'],
  ['', 'u,\n'],
];
for (const [alertMessage, line] of lines) {
  test(`the message ${JSON.stringify(alertMessage)} is quoted only where it must be`, () => {
    assert.equal(csvLine({ userId: 'u', alertMessage }), line);
  });
}
