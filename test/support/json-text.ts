import fc from './property.ts';

/**
 * JSON texts as other programs write them: numbers in any spelling and length, escapes, white
 * space, names that come twice or look like integers, nesting.
 *
 * @param spaces what white space is made of; a line of NDJSON holds no line break
 */
export function jsonTexts(spaces: readonly string[] = [' ', '\t', '\n', '\r']) {
  const space = fc.array(fc.constantFrom(...spaces), { maxLength: 2 }).map((all) => all.join(''));
  const digits = fc.stringMatching(/^\d{1,25}$/);
  const whole = fc.oneof(fc.constant('0'), fc.stringMatching(/^[1-9]\d{0,24}$/));
  const fraction = fc.option(
    digits.map((some) => `.${some}`),
    { nil: '' },
  );
  const exponent = fc.option(fc.stringMatching(/^[eE][+-]?\d{1,3}$/), { nil: '' });
  const number = fc
    .tuple(fc.constantFrom('', '-'), whole, fraction, exponent)
    .map((parts) => parts.join(''));
  const char = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }).filter((c) => !/["\\]/.test(c)),
    fc.constantFrom(
      '\\"',
      '\\\\',
      '\\/',
      '\\b',
      '\\f',
      '\\n',
      '\\r',
      '\\t',
      '{',
      '}',
      '[',
      ']',
      ',',
    ),
    fc.stringMatching(/^\\u[0-9a-fA-F]{4}$/),
  );
  const string = fc.array(char, { maxLength: 6 }).map((all) => `"${all.join('')}"`);
  const name = fc.oneof(
    string,
    fc.constantFrom('"a"', '"data"', '"user_id"', '"2"', '"10"', '"1"'),
  );
  const listOf = (item: fc.Arbitrary<string>, [open, close]: readonly [string, string]) =>
    fc.tuple(space, fc.array(item, { maxLength: 4 })).map(([s, all]) => {
      return `${open}${s}${all.join(`${s},${s}`)}${s}${close}`;
    });
  const { value } = fc.letrec<{ value: string }>((tie) => {
    const member = fc.tuple(name, space, tie('value')).map(([n, s, v]) => `${n}${s}:${s}${v}`);
    return {
      value: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.oneof(number, string, fc.constantFrom('true', 'false', 'null')),
        listOf(tie('value'), ['[', ']']),
        listOf(member, ['{', '}']),
      ),
    };
  });
  return { value, space };
}
