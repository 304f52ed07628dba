/** One line of the feed to what it says, or to why it cannot be read and what it may have been about. */
import type { Static } from '@sinclair/typebox';
import { Ajv, type ErrorObject } from 'ajv';
import { meantContainer, parseContainerNumber } from '../../core/identifiers/container-number.ts';
import { instantMs, isInstant } from './instant.ts';
import {
  type FeedHeader,
  type FeedKind,
  factBodies,
  FeedHeader as HeaderSchema,
  RecordHead,
  FeedTrailer as TrailerSchema,
} from './record-schema.ts';
import { taintsOf } from './taints.ts';

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

export interface FeedTrailer {
  /** "Complete up to this sequence". */
  readonly through: number;
  readonly atMs: number;
  /** Records that the sender wrote between header and watermark. */
  readonly records: number;
}

export type FeedLine =
  | { readonly kind: 'header'; readonly header: FeedHeader }
  | { readonly kind: 'record'; readonly record: FeedRecord }
  | ({ readonly kind: 'trailer' } & FeedTrailer)
  /** It is meant to be the header or the watermark and says nothing that can be used. */
  | { readonly kind: 'badHeader' | 'badTrailer'; readonly reason: string }
  | {
      readonly kind: 'bad';
      readonly reason: string;
      /** Its place in the sequence where that at least can be read: then the rest of the file is no gap. */
      readonly sequence?: number;
      /** What any fact may be concerned by: see `taintsOf`. */
      readonly taints: readonly string[];
    };

/** A line that stands between header and watermark. */
export type FeedItem = Extract<FeedLine, { readonly kind: 'record' | 'bad' }>;

/** Longest line that is read, in bytes. */
export const lineBytesMax = 262_144;

/** Longest reason, in UTF-16 units: it goes into decisions and entries, and a sender can put words into it. */
const reasonLengthMax = 300;

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
ajv.addFormat('instant', isInstant);
ajv.addFormat('name', isName);
const isHeader = ajv.compile<FeedHeader>(HeaderSchema);
const isTrailer = ajv.compile<{ watermark: { through: number; at: string }; records: number }>(
  TrailerSchema,
);
const isRecordHead = ajv.compile<RecordJson>(RecordHead);
const bodies = new Map(
  Object.entries(factBodies).map(([kind, schema]) => [kind, ajv.compile(schema)]),
);

export function parseFeedLine(line: string): FeedLine {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    return unreadableLine(line, `no JSON: ${error instanceof Error ? error.message : error}`);
  }
  if (isHeader(json)) return { kind: 'header', header: json };
  if (isTrailer(json)) {
    const { watermark, records } = json;
    return { kind: 'trailer', through: watermark.through, atMs: msOf(watermark.at), records };
  }
  if (hasMember(json, 'watermark')) return { kind: 'badTrailer', reason: said(isTrailer.errors) };
  if (hasMember(json, 'kakouFeed')) return { kind: 'badHeader', reason: said(isHeader.errors) };
  if (!isRecordHead(json)) return bad(`no record: ${said(isRecordHead.errors)}`, json, line);
  return record(json, line);
}

/** A line of which not even the JSON can be had. */
export function unreadableLine(line: string, reason: string): FeedItem {
  return { kind: 'bad', reason: cut(reason), taints: taintsOf(line) };
}

function record(json: RecordJson, line: string): FeedItem {
  const { sequence, asOf, version, op, kind, id, body } = json;
  const validate = bodies.get(kind);
  if (!validate) return bad(`unknown kind "${kind}"`, json, line);
  if (op === 'put' && !validate(body)) return bad(`${kind}: ${said(validate.errors)}`, json, line);
  if (kind === 'hold' && op === 'put' && isOfNoBox(body as Static<typeof factBodies.hold>))
    return bad(`hold: /body/subject/container is no container number`, json, line);
  return {
    kind: 'record',
    record: {
      sequence,
      asOfMs: msOf(asOf),
      version,
      op,
      kind: kind as FeedKind,
      id,
      ...(op === 'put' && { body: body as Record<string, unknown> }),
    },
  };
}

/** A hold that no box can be found by stops none: it must not look as if it did. */
function isOfNoBox({ state, subject }: Static<typeof factBodies.hold>): boolean {
  if (state !== 'placed' || subject.kind !== 'container') return false;
  return parseContainerNumber(meantContainer(subject.container)).kind !== 'valid';
}

/** A record that is right in form and yet not taken. */
export function refusedRecord(read: FeedRecord, reason: string): FeedItem {
  return bad(reason, read, '');
}

function hasMember(json: unknown, name: string): boolean {
  return typeof json === 'object' && json !== null && name in json;
}

/** Of a text that the schema has found to be a time. */
function msOf(time: string): number {
  return instantMs(time) ?? Number.NaN;
}

/** A control character or half a surrogate pair would hide what a text names. */
function isName(text: string): boolean {
  let hasSurrogates = false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x20 || unit === 0x7f) return false;
    hasSurrogates ||= unit >= 0xd800 && unit <= 0xdfff;
  }
  return !hasSurrogates || !/\p{Cs}/u.test(text);
}

const formatTexts: Readonly<Record<string, string>> = {
  instant: 'is no time that exists, in the form 2026-11-23T08:00:00Z',
  name: 'has a control character or half a character',
};

function said(errors: ErrorObject[] | null | undefined): string {
  const error = errors?.[0];
  if (!error) return 'is not valid';
  const { instancePath, keyword, message, params } = error;
  const place = instancePath || '/';
  if (keyword === 'format') return `${place} ${formatTexts[String(params['format'])]}`;
  const extra = params['additionalProperty'];
  return `${place} ${message ?? 'is not valid'}${extra ? ` (${extra})` : ''}`;
}

function bad(reason: string, json: unknown, line: string): FeedItem {
  const sequence = (json as { sequence?: unknown } | null)?.sequence;
  const hasPlace = typeof sequence === 'number' && Number.isSafeInteger(sequence) && sequence > 0;
  return {
    kind: 'bad',
    reason: cut(reason),
    ...(hasPlace && { sequence }),
    taints: taintsOf(unescaped(json) ?? line, json),
  };
}

/** The text without escapes that would hide a word; absent where it is nested too deep to be written. */
function unescaped(json: unknown): string | undefined {
  try {
    return JSON.stringify(json);
  } catch {
    return undefined;
  }
}

function cut(reason: string): string {
  return reason.length > reasonLengthMax ? `${reason.slice(0, reasonLengthMax)}…` : reason;
}
