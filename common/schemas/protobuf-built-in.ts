type Fields = Readonly<Record<string, { readonly type: string; readonly id: number }>>;

function file(packageName: string, messages: Readonly<Record<string, Fields>>) {
  const nested = Object.entries(messages).map(([name, fields]) => [name, { fields }] as const);
  return packageName.split('.').reduceRight((inner, name) => ({ nested: { [name]: inner } }), {
    nested: Object.fromEntries(nested),
  } as object);
}

/**
 * Files beside those of Google's compiler that Confluent's clients and registry have built in, so
 * that a schema may use them without a reference.
 *
 * @see https://github.com/confluentinc/schema-registry protobuf-types
 */
export const BUILT_IN: Readonly<Record<string, object>> = {
  'confluent/type/decimal.proto': file('confluent.type', {
    Decimal: {
      value: { type: 'bytes', id: 1 },
      precision: { type: 'uint32', id: 2 },
      scale: { type: 'int32', id: 3 },
    },
  }),
  'google/type/date.proto': file('google.type', {
    Date: {
      year: { type: 'int32', id: 1 },
      month: { type: 'int32', id: 2 },
      day: { type: 'int32', id: 3 },
    },
  }),
  'google/type/timeofday.proto': file('google.type', {
    TimeOfDay: {
      hours: { type: 'int32', id: 1 },
      minutes: { type: 'int32', id: 2 },
      seconds: { type: 'int32', id: 3 },
      nanos: { type: 'int32', id: 4 },
    },
  }),
  'google/type/money.proto': file('google.type', {
    Money: {
      currencyCode: { type: 'string', id: 1 },
      units: { type: 'int64', id: 2 },
      nanos: { type: 'int32', id: 3 },
    },
  }),
};
