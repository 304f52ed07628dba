/**
 * One text for one value: keys in code unit order, no white space, absent members left out. A decision's
 * inputs and result are stored in it, so running it again can be compared byte by byte. It stands between the
 * last evidence and the arm, hence the plain loops, and the texts of objects in it that were made earlier.
 */
export function canonicalJson(value: unknown, made?: ReadonlyMap<object, string>): string {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`${value} has no canonical JSON text`);
      return String(value);
    case 'object':
      if (value === null) return 'null';
      return (
        made?.get(value) ??
        (Array.isArray(value)
          ? canonicalList(value, made)
          : canonicalObject(value as Readonly<Record<string, unknown>>, made))
      );
    default:
      throw new TypeError(`${typeof value} has no canonical JSON text`);
  }
}

type Made = ReadonlyMap<object, string> | undefined;

function canonicalList(list: readonly unknown[], made: Made): string {
  let text = '[';
  for (let i = 0; i < list.length; i++) {
    if (i > 0) text += ',';
    text += canonicalJson(list[i], made);
  }
  return `${text}]`;
}

function canonicalObject(object: Readonly<Record<string, unknown>>, made: Made): string {
  let text = '{';
  for (const key of Object.keys(object).sort()) {
    const member = object[key];
    if (member === undefined) continue;
    if (text.length > 1) text += ',';
    text += `${JSON.stringify(key)}:${canonicalJson(member, made)}`;
  }
  return `${text}}`;
}
