/** Parts that the schemas of the configuration have in common. */
import { Type } from '@sinclair/typebox';

export const closed = { additionalProperties: false };

/** A union of words, as one JSON schema `enum`. */
export function words<const T extends readonly string[]>(
  values: T,
  options: { readonly description?: string; readonly default?: T[number] } = {},
) {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...values], ...options });
}

export const Id = (description: string) =>
  Type.String({
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$',
    description: `${description}: 1 to 32 of A-Z a-z 0-9 . _ -, the first a letter or digit`,
  });
export const Port = (options: { default?: number } = {}) =>
  Type.Integer({ minimum: 0, maximum: 65_535, description: 'Port, 0 to 65535', ...options });
export const Milliseconds = (
  minimum: number,
  maximum: number,
  value: number,
  description: string,
) => Type.Integer({ minimum, maximum, default: value, description: `${description}, ms` });
