/**
 * Files beside those of Google's compiler that Confluent's clients and registry have built in, so
 * that a schema may use them without a reference.
 *
 * @see https://github.com/confluentinc/schema-registry protobuf-types
 */
export const BUILT_IN = [
  {
    name: 'confluent/type/decimal.proto',
    text: `syntax = "proto3"; package confluent.type;
      message Decimal { bytes value = 1; uint32 precision = 2; int32 scale = 3; }`,
  },
  {
    name: 'google/type/date.proto',
    text: `syntax = "proto3"; package google.type;
      message Date { int32 year = 1; int32 month = 2; int32 day = 3; }`,
  },
  {
    name: 'google/type/timeofday.proto',
    text: `syntax = "proto3"; package google.type;
      message TimeOfDay { int32 hours = 1; int32 minutes = 2; int32 seconds = 3; int32 nanos = 4; }`,
  },
  {
    name: 'google/type/money.proto',
    text: `syntax = "proto3"; package google.type;
      message Money { string currency_code = 1; int64 units = 2; int32 nanos = 3; }`,
  },
] as const;
