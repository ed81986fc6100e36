// What an answer of the API says is wrong with a form. Pure.

/**
 * The rules that a field of a form has broken.
 *
 * @param {{ fields?: { field: string, rule: string }[] } | null} error
 * @param {string} name of the field; what is inside of it counts as well
 */
export function wrongField(error, name) {
  return error?.fields
    ?.filter(({ field }) => field.split(/[.[]/)[0] === name)
    .map(({ field, rule }) => (field === name ? rule : `${field}: ${rule}`))
    .join('; ');
}

/**
 * The text above a form that was refused: the fields at which the rules stand, by their labels.
 *
 * @param {{ message: string, fields?: { field: string }[] }} error
 * @param {Record<string, string>} labels by field
 */
export function formError({ message, fields = [] }, labels) {
  const names = new Set(fields.map(({ field }) => labels[field.split(/[.[]/)[0]]));
  return names.size === 0 || names.has(undefined)
    ? message
    : `Not accepted: ${[...names].join(', ')}.`;
}
