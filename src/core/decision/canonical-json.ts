/**
 * One text for one value: keys in code unit order, no white space, absent members left out. A decision's
 * inputs and result are stored in it, so running it again can be compared byte by byte. It stands between the
 * last evidence and the arm, hence the plain loops.
 */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`${value} has no canonical JSON text`);
      return String(value);
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value)
        ? canonicalList(value)
        : canonicalObject(value as Readonly<Record<string, unknown>>);
    default:
      throw new TypeError(`${typeof value} has no canonical JSON text`);
  }
}

function canonicalList(list: readonly unknown[]): string {
  let text = '[';
  for (let i = 0; i < list.length; i++) {
    if (i > 0) text += ',';
    text += canonicalJson(list[i]);
  }
  return `${text}]`;
}

function canonicalObject(object: Readonly<Record<string, unknown>>): string {
  let text = '{';
  for (const key of Object.keys(object).sort()) {
    const member = object[key];
    if (member === undefined) continue;
    if (text.length > 1) text += ',';
    text += `${JSON.stringify(key)}:${canonicalJson(member)}`;
  }
  return `${text}}`;
}
