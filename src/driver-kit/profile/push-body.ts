/** Reading a pushed JSON body by paths: what is absent is absent, what has the wrong type is said by path. */
import type { FrameFault, PushAnswer, PushRequest } from '../contract.ts';

/** A body that cannot be what the profile says it is. */
export class BodyFault extends Error {
  readonly path: string;

  constructor(path: string, message: string) {
    super(message);
    this.name = 'BodyFault';
    this.path = path;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

export function parseBody(request: PushRequest): unknown {
  let text: string;
  try {
    text = utf8.decode(request.body);
  } catch {
    throw new BodyFault('/', 'the body is not UTF-8');
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BodyFault(
      '/',
      `the body is no JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

export function valueAt(json: unknown, path: string): unknown {
  let value: unknown = json;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name))
      return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value ?? undefined;
}

/** Text of at most `max` characters. All-digit plates come as numbers from some cameras: they stay text. */
export function textAt(json: unknown, path: string, max = 64): string | undefined {
  const value = valueAt(json, path);
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value !== 'string') throw new BodyFault(path, 'must be text');
  if (value.length > max) throw new BodyFault(path, `has more than ${max} characters`);
  return value;
}

export function numberAt(json: unknown, path: string): number | undefined {
  const value = valueAt(json, path);
  if (value === undefined || value === '') return undefined;
  const number = typeof value === 'string' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number))
    throw new BodyFault(path, 'must be a number');
  return number;
}

/** A share of certainty. Outside its scale it says nothing, and is left out rather than clamped. */
export function confidenceAt(json: unknown, path: string, scale: number): number | undefined {
  const value = numberAt(json, path);
  if (value === undefined || value <= 0 || value > scale) return undefined;
  return value / scale;
}

export function refusedBody(error: BodyFault): PushAnswer {
  const faults: FrameFault[] = [
    { code: 'body-malformed', droppedBytes: 0, detail: `${error.path} ${error.message}` },
  ];
  return {
    status: 400,
    contentType: 'application/problem+json',
    body: JSON.stringify({
      type: 'about:blank',
      title: 'the message cannot be read',
      status: 400,
      detail: `${error.path} ${error.message}`,
    }),
    observations: [],
    faults,
    send: [],
  };
}
