/** A mistake in what the operator wrote: where, what, and what to do about it. */
export { nearest, schemaMistakes } from '../driver-kit/profile/schema-mistakes.ts';

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
