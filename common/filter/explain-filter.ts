import { NOT_JSON } from './exact-json.ts';
import { matches, meets, memberOf, partOf } from './filter.ts';
import type { Filter, FilteredEvent, Group } from './filter.ts';

/** A condition that does not hold. */
export interface FailedCondition {
  /** Names of the fields from `body`, `headers` or `user` on, joined by dots. */
  readonly field: string;
  /** The conditions on the field as JSON, of which none holds. */
  readonly rule: string;
  /** Value of the field in the event; undefined: nothing. */
  readonly found: unknown;
}

/**
 * Finds the conditions of a filter that an event does not meet.
 *
 * @returns none exactly when the event matches
 */
export function failedConditions(filter: Filter, event: FilteredEvent): FailedCondition[] {
  if (matches(filter, event)) return [];
  const ofFields = filter.fields.flatMap(({ name, pattern }) => {
    const value = partOf(event, name);
    if (value === NOT_JSON) {
      return [{ field: name, rule: 'a body that is JSON', found: undefined }];
    }
    return failedIn(pattern, value, name);
  });
  const ofChoices = filter.choices
    .filter((groups) => !groups.some((group) => matches(group, event)))
    .flatMap((groups) => groups.flatMap((group) => failedConditions(group, event)));
  return [...ofFields, ...ofChoices];
}

function failedIn(
  pattern: Filter['fields'][number]['pattern'],
  value: unknown,
  field: string,
): FailedCondition[] {
  if (meets(pattern, value)) return [];
  if (pattern.kind === 'leaf') return [{ field, rule: pattern.rule, found: value }];
  // Which element of an array was meant, nobody knows: the array itself is shown.
  if (Array.isArray(value)) {
    return [{ field, rule: 'an element that meets all conditions below', found: value }];
  }
  return failedInGroup(pattern, value, field);
}

function failedInGroup({ fields, choices }: Group, value: unknown, at: string): FailedCondition[] {
  const ofFields = fields.flatMap(({ name, pattern }) =>
    failedIn(pattern, memberOf(value, name), `${at}.${name}`),
  );
  const ofChoices = choices
    .filter((groups) => !groups.some((group) => meets(group, value)))
    .flatMap((groups) => groups.flatMap((group) => failedIn(group, value, at)));
  return [...ofFields, ...ofChoices];
}
