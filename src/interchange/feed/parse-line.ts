/**
 * One line of the feed to what it says, or to why it cannot be read. A record that may have been a hold, a
 * revocation or a delete taints everything it resembles: what nobody could read must not count as silence.
 */
import { Ajv, type ErrorObject } from 'ajv';
import {
  type FeedHeader,
  type FeedKind,
  FeedTrailer,
  factBodies,
  FeedHeader as HeaderSchema,
  RecordHead,
} from './record-schema.ts';

export interface FeedRecord {
  readonly sequence: number;
  readonly asOfMs: number;
  readonly version: number;
  readonly op: 'put' | 'delete';
  readonly kind: FeedKind;
  readonly id: string;
  /** As validated, with times as text; absent for a delete. */
  readonly body?: Readonly<Record<string, unknown>>;
}

export type FeedLine =
  | { readonly kind: 'header'; readonly header: FeedHeader }
  | { readonly kind: 'record'; readonly record: FeedRecord }
  | {
      readonly kind: 'trailer';
      readonly through: number;
      readonly atMs: number;
      readonly records: number;
    }
  | {
      readonly kind: 'bad';
      readonly reason: string;
      /** Its place in the sequence where that at least can be read: then the rest of the file is no gap. */
      readonly sequence?: number;
      /** Texts of which any fact may be concerned: container numbers, serials, document numbers. */
      readonly taints: readonly string[];
    };

/** Longest line that is read, in UTF-16 units. */
export const lineLengthMax = 262_144;

interface RecordJson {
  sequence: number;
  asOf: string;
  version: number;
  op: 'put' | 'delete';
  kind: string;
  id: string;
  body?: unknown;
}

const ajv = new Ajv({ allErrors: false });
const isHeader = ajv.compile<FeedHeader>(HeaderSchema);
const isTrailer = ajv.compile<{ watermark: { through: number; at: string }; records: number }>(
  FeedTrailer,
);
const isRecordHead = ajv.compile<RecordJson>(RecordHead);
const bodies = new Map(
  Object.entries(factBodies).map(([kind, schema]) => [kind, ajv.compile(schema)]),
);

export function parseFeedLine(line: string): FeedLine {
  if (line.length > lineLengthMax)
    return bad(`the line has more than ${lineLengthMax} characters`, line.slice(0, lineLengthMax));
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    return bad(`no JSON: ${error instanceof Error ? error.message : String(error)}`, line);
  }
  if (isHeader(json)) return { kind: 'header', header: json };
  if (isTrailer(json)) {
    return {
      kind: 'trailer',
      through: json.watermark.through,
      atMs: Date.parse(json.watermark.at),
      records: json.records,
    };
  }
  if (!isRecordHead(json)) return bad(`no record: ${said(isRecordHead.errors)}`, line, json);
  return record(json, line);
}

function record(json: RecordJson, line: string): FeedLine {
  const { sequence, asOf, version, op, kind, id, body } = json;
  const validate = bodies.get(kind);
  if (!validate) return bad(`unknown kind "${kind}"`, line, json);
  if (op === 'put' && !validate(body)) return bad(`${kind}: ${said(validate.errors)}`, line, json);
  return {
    kind: 'record',
    record: {
      sequence,
      asOfMs: Date.parse(asOf),
      version,
      op,
      kind: kind as FeedKind,
      id,
      ...(op === 'put' && { body: body as Record<string, unknown> }),
    },
  };
}

/** A record that is right in form and yet not taken. */
export function refusedRecord({ sequence }: FeedRecord, line: string, reason: string): FeedLine {
  return bad(reason, line, { sequence });
}

function said(errors: ErrorObject[] | null | undefined): string {
  const error = errors?.[0];
  if (!error) return 'is not valid';
  const extra = error.params['additionalProperty'];
  return `${error.instancePath || '/'} ${error.message ?? 'is not valid'}${extra ? ` (${extra})` : ''}`;
}

function bad(reason: string, line: string, json?: unknown): FeedLine {
  const sequence = (json as { sequence?: unknown } | undefined)?.sequence;
  return {
    kind: 'bad',
    reason,
    ...(Number.isSafeInteger(sequence) && { sequence: sequence as number }),
    taints: mayRestrict(line) ? resemblances(line) : [],
  };
}

/** Anything that is not plainly a grant or a registry record may have been a restriction. */
function mayRestrict(line: string): boolean {
  if (/"op"\s*:\s*"delete"|revok|hold|撤销|布控|扣/i.test(line)) return true;
  return !/"kind"\s*:\s*"(proof|consignment|vehicle|transaction)"/.test(line);
}

/** Container numbers, owner and serial, bare serials and document numbers found anywhere in the text. */
function resemblances(line: string): readonly string[] {
  const found = new Set<string>();
  const values = line.toUpperCase();
  for (const [text] of values.matchAll(/[A-Z]{3}[UJZ][\s-]?\d{6}/g))
    found.add(text.replace(/[\s-]/g, ''));
  for (const [text] of values.matchAll(/(?<![\dA-Z])\d{6,7}(?![\dA-Z])/g))
    found.add(text.slice(0, 6));
  for (const [, text] of values.matchAll(/"([A-Z0-9-]{8,40})"/g))
    if (text && /\d/.test(text)) found.add(text);
  return [...found].slice(0, 64);
}
