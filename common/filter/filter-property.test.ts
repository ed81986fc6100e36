import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../test/support/property.ts';
import { compileFilter } from './compile-filter.ts';
import { parseExactJson } from './exact-json.ts';
import { compareNumbers, numberOf } from './exact-number.ts';
import { failedConditions } from './explain-filter.ts';
import { FilterIndex } from './filter-index.ts';
import { matches } from './filter.ts';
import { RecordEvent } from './filtered-event.ts';

function filterOf(pattern: string) {
  const compiled = compileFilter(parseExactJson(pattern));
  return compiled.kind === 'filter' ? compiled.filter : assert.fail(JSON.stringify(compiled));
}

// A plain evaluator: it works on the parsed pattern, and numbers are fractions of whole numbers.

const NUMBERS = ['0', '-0', '1', '1.0', '10e-1', '0.1', '0.10', '1E2', '100', '-1', '1e30'].concat(
  ['9007199254740992', '9007199254740993', '9007199254740993.0', '-9007199254740993'],
  ['0.1000000000000000055511151231257827', '1000000000000000000000000000000', '1e31'],
);
const SCALE = 60;
function scaled(text: string): bigint {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const size = BigInt(whole + fraction) * 10n ** BigInt(SCALE - fraction.length + Number(exponent));
  return sign === '-' ? -size : size;
}

/** A value of the model: numbers are `{ number: text }`. */
type Model =
  string | boolean | null | { number: string } | Model[] | { members: Record<string, Model> };

function textOf(model: Model): string {
  if (Array.isArray(model)) return `[${model.map(textOf).join()}]`;
  if (typeof model !== 'object' || model === null) return JSON.stringify(model);
  if ('number' in model) return model.number;
  const members = Object.entries(model.members);
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${textOf(value)}`).join()}}`;
}

function isEqual(a: Model, b: Model): boolean {
  const [one, other] = [a, b].map((value) =>
    value !== null && typeof value === 'object' && 'number' in value ? scaled(value.number) : value,
  );
  return one === other;
}

const membersOf = (model: Model | undefined): Record<string, Model> =>
  typeof model === 'object' && model !== null && 'members' in model ? model.members : {};

function leavesOf(model: Model | undefined): Model[] {
  if (model === undefined) return [];
  if (Array.isArray(model)) return model.flatMap(leavesOf);
  return typeof model === 'object' && model !== null && 'members' in model ? [] : [model];
}

function elementsOf(model: Model | undefined): (Model | undefined)[] {
  if (!Array.isArray(model)) return [model];
  const flat = model.flatMap((one) =>
    Array.isArray(one) && one.length === 0 ? [] : elementsOf(one),
  );
  return flat.length === 0 ? [undefined] : flat;
}

function holds(condition: Model, value: Model): boolean {
  const [name, operand] = Object.entries(membersOf(condition))[0] ?? ['', null];
  const texts = leavesOf(operand).filter((one) => typeof one === 'string');
  const isText = typeof value === 'string';
  switch (name) {
    case '':
      return isEqual(condition, value);
    case 'exists':
      return operand === true;
    case 'prefix':
      return isText && texts.some((text) => value.startsWith(text));
    case 'suffix':
      return isText && texts.some((text) => value.endsWith(text));
    case 'anything-but': {
      const below = Object.keys(membersOf(operand)).length > 0;
      return below ? !holds(operand, value) : !leavesOf(operand).some((one) => isEqual(one, value));
    }
    case 'numeric': {
      if (typeof value !== 'object' || value === null || !('number' in value)) return false;
      const [operator, bound] = operand as [string, { number: string }];
      const [a, b] = [scaled(value.number), scaled(bound.number)];
      return { '=': a === b, '<': a < b, '<=': a <= b, '>': a > b, '>=': a >= b }[
        operator
      ] as boolean;
    }
    default:
      return assert.fail(name);
  }
}

function plainly(pattern: Model, value: Model | undefined): boolean {
  if (Array.isArray(pattern)) {
    const leaves = leavesOf(value);
    const takesNone = pattern.some((one) => membersOf(one)['exists'] === false);
    if (leaves.length === 0) return takesNone;
    return leaves.some((leaf) => pattern.some((condition) => holds(condition, leaf)));
  }
  return elementsOf(value).some((element) =>
    Object.entries(membersOf(pattern)).every(([name, below]) =>
      name === '$or'
        ? (below as Model[]).some((one) => plainly(one, element))
        : plainly(below, membersOf(element)[name]),
    ),
  );
}

const number = fc.constantFrom(...NUMBERS).map((text): Model => ({ number: text }));
const text = fc.constantFrom('', 'a', 'ab', 'b');
const scalar: fc.Arbitrary<Model> = fc.oneof(text, number, fc.constantFrom(true, false, null));
const oneMember = (name: string, value: fc.Arbitrary<Model>) =>
  value.map((below): Model => ({ members: { [name]: below } }));
const bound = fc.tuple(
  fc.constantFrom<Model>('=', '<', '<=', '>', '>='),
  number,
) as fc.Arbitrary<Model>;
const condition: fc.Arbitrary<Model> = fc.oneof(
  ...[scalar, oneMember('prefix', text), oneMember('suffix', text), oneMember('numeric', bound)],
  oneMember('exists', fc.boolean()),
  oneMember('anything-but', fc.oneof(scalar, fc.array(scalar, { minLength: 1, maxLength: 3 }))),
  oneMember('anything-but', oneMember('prefix', text)),
);
const conditions = fc.array(condition, { minLength: 1, maxLength: 3 });
const names = ['a', 'b', 'c'];
const { pattern, value } = fc.letrec<{ pattern: Model; value: Model }>((tie) => {
  const fields = (below: fc.Arbitrary<Model>, minKeys: number, extra = names) =>
    fc.dictionary(fc.constantFrom(...extra), below, { minKeys, maxKeys: 3, noNullPrototype: true });
  const choice = fc.array(tie('pattern'), { minLength: 1, maxLength: 3 });
  const isGroup = (one: Model) => !Array.isArray(one);
  return {
    pattern: fc.oneof(
      { maxDepth: 3 },
      fields(conditions, 1).map((members): Model => ({ members })),
      fc
        .tuple(
          fields(fc.oneof(conditions, tie('pattern')), 0),
          choice.filter((all) => all.every(isGroup)),
        )
        .map(([members, all]): Model => ({ members: { ...members, $or: all } })),
      fields(fc.oneof(conditions, tie('pattern')), 1).map((members): Model => ({ members })),
    ),
    value: fc.oneof(
      { maxDepth: 3 },
      scalar,
      fields(fc.oneof(scalar, tie('value')), 0).map((members): Model => ({ members })),
      fc.array(tie('value'), { maxLength: 3 }) as fc.Arbitrary<Model>,
    ),
  };
});

test('a filter decides as a plain evaluator does, and what it explains agrees', () => {
  let matched = 0;
  const decide = fc.property(pattern, value, (someOf, body) => {
    const filter = filterOf(`{"body":${textOf(someOf)}}`);
    const event = new RecordEvent({ key: null, headers: {}, value: Buffer.from(textOf(body)) });
    const isMatch = matches(filter, event);
    assert.equal(isMatch, plainly(someOf, body), `${textOf(someOf)} ${textOf(body)}`);
    assert.equal(failedConditions(filter, event).length === 0, isMatch);
    const [isCandidate] = new FilterIndex([filter]).candidates(event);
    assert.ok(!isMatch || isCandidate === 1, 'the index leaves out none that matches');
    matched += Number(isMatch);
  });
  fc.assert(decide, { numRuns: 3_000 });
  assert.ok(matched > 150, `only ${matched} match`);
});

test('numbers compare as fractions do', () => {
  const any = fc.constantFrom(...NUMBERS);
  const compare = fc.property(any, any, (a, b) => {
    const [one, other] = [scaled(a), scaled(b)];
    const expected = one === other ? 0 : one < other ? -1 : 1;
    assert.equal(Math.sign(compareNumbers(numberOf(a), numberOf(b))), expected, `${a} ${b}`);
  });
  fc.assert(compare, { numRuns: 1_000 });
});
