/** What a JSON schema found wrong, in words of a person: where, what, and what would be right. */
import type { ErrorObject } from 'ajv';
import type { ProfileFinding } from './finding.ts';

interface ParentSchema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly oneOf?: readonly {
    readonly properties: { readonly kind: { readonly const: string } };
  }[];
}

/** What ajv found, in words an operator can act on; `path` is a JSON pointer. Needs `verbose`. */
export function schemaMistakes(errors: readonly ErrorObject[]): readonly ProfileFinding[] {
  // A union fails as a whole and in each of its members: only the member that was meant says what would be right.
  const members = withoutOtherMembers(errors).filter(
    ({ keyword }) => keyword !== 'anyOf' && keyword !== 'oneOf',
  );
  const literals = members.filter(({ keyword }) => keyword === 'const');
  const places = [...new Set(literals.map(({ instancePath }) => instancePath))];
  return [
    ...members.filter(({ keyword }) => keyword !== 'const').map(schemaMistake),
    ...places.map((path) => {
      const here = literals.filter(({ instancePath }) => instancePath === path);
      return notAllowed(
        path,
        here[0]?.data,
        here.map(({ params }) => String(params['allowedValue'])),
      );
    }),
  ];
}

/** Errors of a union but those of members that cannot have been meant. */
function withoutOtherMembers(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  let kept = errors;
  for (const union of errors.filter(({ keyword }) => keyword === 'anyOf')) {
    const memberOf = ({ schemaPath }: ErrorObject) =>
      schemaPath.startsWith(`${union.schemaPath}/`)
        ? schemaPath.slice(union.schemaPath.length + 1).split('/')[0]
        : undefined;
    const members = new Map<string, ErrorObject[]>();
    for (const error of kept) {
      const member = memberOf(error);
      if (member !== undefined) members.set(member, [...(members.get(member) ?? []), error]);
    }
    const meant = meantMembers(union, members);
    kept = kept.filter((error) => {
      const member = memberOf(error);
      return member === undefined || meant.has(member);
    });
  }
  return kept;
}

function meantMembers(
  { instancePath, data }: ErrorObject,
  members: ReadonlyMap<string, readonly ErrorObject[]>,
): ReadonlySet<string> {
  const isOther = (error: ErrorObject) =>
    error.instancePath === instancePath &&
    (error.keyword === 'type' || (error.keyword === 'const' && typeof data === 'object'));
  const fitting = [...members].filter(([, errors]) => !errors.some(isOther));
  if (fitting.length === 0) return new Set(members.keys());
  const isLiteral = fitting.every(([, errors]) => errors.every((e) => e.keyword === 'const'));
  if (isLiteral) return new Set(fitting.map(([member]) => member));
  const [meant] = fitting.sort(([, a], [, b]) => strangeness(a) - strangeness(b));
  return new Set(meant && [meant[0]]);
}

/** A member that is missing tells more than one that is too many: it may only have been misspelt. */
const strangeness = (errors: readonly ErrorObject[]): number =>
  errors.reduce((sum, { keyword }) => sum + (keyword === 'required' ? 3 : 2), 0);

function notAllowed(path: string, value: unknown, allowed: readonly string[]): ProfileFinding {
  const near = nearest(String(value), allowed);
  const list = `one of: ${allowed.join(', ')}`;
  return {
    path,
    message: `${shown(value)} is not allowed`,
    hint: near === undefined ? list : `did you mean "${near}"? O${list.slice(1)}`,
  };
}

function schemaMistake(error: ErrorObject): ProfileFinding {
  const { instancePath: path, keyword, params, data } = error;
  const parent = error.parentSchema as ParentSchema | undefined;
  switch (keyword) {
    case 'additionalProperties': {
      const name = String(params['additionalProperty']);
      const known = Object.keys(parent?.properties ?? {}).filter((key) => key !== '$schema');
      const near = nearest(name, known);
      return {
        path: `${path}/${name}`,
        message: `"${name}" is not known here`,
        hint: near === undefined ? `known: ${known.join(', ')}` : `did you mean "${near}"?`,
      };
    }
    case 'required': {
      const name = String(params['missingProperty']);
      const described = (parent?.properties?.[name] ?? {}) as ParentSchema;
      return {
        path: `${path}/${name}`,
        message: 'is missing',
        hint: described.description ?? `add "${name}"`,
      };
    }
    case 'discriminator': {
      const kinds = parent?.oneOf?.map((schema) => schema.properties.kind.const) ?? [];
      return {
        path: `${path}/kind`,
        message: `${shown(params['tagValue'])} is no kind of this`,
        hint: `one of: ${kinds.join(', ')}`,
      };
    }
    case 'enum':
      return notAllowed(path, data, (params['allowedValues'] as unknown[]).map(String));
    default:
      return {
        path,
        message: `${shown(data)} ${error.message ?? 'is not valid'}`,
        hint: parent?.description ?? 'the schema describes every member',
      };
  }
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`;
}

/** The known word that is meant, if one begins alike or differs little. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const wanted = word.toLowerCase();
  const ranked = known
    .map((candidate) => {
      const lower = candidate.toLowerCase();
      const isCut = wanted.length >= 4 && (lower.startsWith(wanted) || wanted.startsWith(lower));
      return { candidate, distance: isCut ? 1 : editDistance(wanted, lower) };
    })
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  const isNear = best && best.distance <= Math.max(1, Math.floor(word.length / 3));
  return isNear ? best.candidate : undefined;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replaced));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
