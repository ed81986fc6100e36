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
