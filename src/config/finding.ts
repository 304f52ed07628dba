/** A mistake in what the operator wrote: where, what, and what to do about it. */
import type { ErrorObject } from 'ajv';

export interface Finding {
  /** File it stands in. */
  readonly file: string;
  /** JSON pointer into the file; empty for the whole of it. */
  readonly path: string;
  /** From 1, where known. */
  readonly line?: number;
  readonly message: string;
  readonly hint: string;
}

/** `file:line path: message`, and the hint below it. */
export function findingText({ file, line, path, message, hint }: Finding): string {
  const place = line === undefined ? file : `${file}:${line}`;
  return `${place} ${path === '' ? '/' : path}: ${message}\n    hint: ${hint}`;
}

interface ParentSchema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly oneOf?: readonly {
    readonly properties: { readonly kind: { readonly const: string } };
  }[];
}

/** What ajv found, in words an operator can act on. Needs `verbose`. */
export function schemaMistake(error: ErrorObject): Pick<Finding, 'path' | 'message' | 'hint'> {
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
    case 'enum': {
      const allowed = (params['allowedValues'] as unknown[]).map(String);
      const near = nearest(String(data), allowed);
      return {
        path,
        message: `${shown(data)} is not allowed`,
        hint:
          near === undefined
            ? `one of: ${allowed.join(', ')}`
            : `did you mean "${near}"? One of: ${allowed.join(', ')}`,
      };
    }
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

/** The known word that differs least, if it differs little. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({
      candidate,
      distance: editDistance(word.toLowerCase(), candidate.toLowerCase()),
    }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= Math.max(1, Math.floor(word.length / 3))
    ? best.candidate
    : undefined;
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
