import assert from 'node:assert/strict';
import { test } from 'node:test';
import { javaFeatureVersion } from './java-version.ts';

const rows: readonly [text: string, expected: number | null][] = [
  ['openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment (build 17.0.15+6)', 17],
  ['openjdk version "21" 2023-09-19', 21],
  ['openjdk version "24-ea" 2025-03-18', 24],
  ['java version "1.8.0_402"\nJava(TM) SE Runtime Environment', 8],
  ['java version "1.7.0"', 7],
  ['openjdk version "11.0.2" 2019-01-15', 11],
  ['openjdk version "9"', 9],
  ['Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version "25.0.1" 2025-10-21 LTS', 25],
  ['The operation couldn’t be completed. Unable to locate a Java Runtime.', null],
  ['', null],
];
for (const [text, expected] of rows) {
  test(`java version of ${JSON.stringify(text.slice(0, 40))} is ${expected}`, () => {
    assert.equal(javaFeatureVersion(text), expected);
  });
}
