/** Shipped profiles by name, and what was probably meant by a name that none of them has. */
import { readdirSync } from 'node:fs';
import { nearest } from './finding.ts';

/** Kind and name of every profile in the folder, in order. */
export function profileNames(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => /[/\\].*\.json$/.test(file))
    .map((file) => file.replaceAll('\\', '/').replace(/\.json$/, ''))
    .sort();
}

/** The hint for `name`, which is no file and no name of `known`. */
export function profileNameHint(name: string, known: readonly string[]): string {
  if (name.endsWith('.json'))
    return 'give the path of the profile; shipped ones are named kind/name';
  const near = nearest(name, known) ?? named(name, known);
  if (near !== undefined) return `did you mean "${near}"?`;
  const kind = name.split('/')[0] ?? '';
  const ofKind = known.filter((each) => each.startsWith(`${kind}/`));
  return ofKind.length > 0
    ? `there are: ${ofKind.join(', ')}`
    : 'name it as kind/name, as in weighbridge/yaohua-xk3190-continuous, or give a path that ends in .json';
}

/** The kind is what is most often left out or wrong. */
function named(name: string, known: readonly string[]): string | undefined {
  const last = (path: string) => path.split('/').at(-1) ?? path;
  const near = nearest(last(name), known.map(last));
  return known.find((each) => last(each) === near);
}
