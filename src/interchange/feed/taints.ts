/**
 * What a line that nobody could read may have been about. One that may have been a hold, a revocation or a
 * delete taints everything it names or resembles: what could not be read must not count as silence.
 */
import { normaliseContainerText } from '../../core/identifiers/container-number.ts';
import { normalisePlateText } from '../../core/identifiers/vehicle-plate.ts';

/** Of one line; a revocation may name 500 boxes. */
const taintsMax = 1_000;
/** UTF-16 units of a text that can name something. */
const nameLengthMax = 64;

/**
 * Container numbers, owner and serial, bare serials and document numbers stand for themselves; what is only
 * found by what it is has its kind before it: `plate:粤B12345`, `lineage:…`, `proof:` and its id.
 * @param json the line as parsed, where it could be
 */
export function taintsOf(text: string, json?: unknown): readonly string[] {
  if (!mayRestrict(text)) return [];
  return [...new Set([...named(json), ...resembled(text)])].slice(0, taintsMax);
}

/** Anything that is not plainly a grant or a registry record may have been a restriction. */
function mayRestrict(text: string): boolean {
  if (/"op"\s*:\s*"delete"|revok|hold|blocked|expired|unbound|cancel|撤销|布控|扣/i.test(text))
    return true;
  return !plainKinds.test(text);
}

const plainKinds =
  /"kind"\s*:\s*"(proof|consignment|vehicle|trailer|driver|carrier|enterprise|permit|vessel|transaction|appointment|bill|tally|account|calendar)"/;

/** By the members of the record, whatever is wrong with the rest of it. */
function named(json: unknown): readonly string[] {
  const record = membersOf(json);
  const body = membersOf(record['body']);
  const subject = membersOf(body['subject']);
  return [
    ...texts(record['kind'] === 'proof' ? record['id'] : undefined).map((id) => `proof:${id}`),
    ...texts(body['lineage']).map((lineage) => `lineage:${lineage}`),
    ...[body['plates'], body['plate'], subject['plate']]
      .flatMap(texts)
      .map((plate) => `plate:${normalisePlateText(plate)}`),
    ...[body['consignmentId'], subject['consignmentId']]
      .flatMap(texts)
      .map((id) => id.toUpperCase()),
    ...[body['containers'], subject['container']].flatMap(texts).map(normaliseContainerText),
  ];
}

function membersOf(json: unknown): Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
}

function texts(value: unknown): readonly string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.flatMap((each) =>
    typeof each === 'string' && each !== '' ? [each.slice(0, nameLengthMax)] : [],
  );
}

/** Anywhere in the text. */
function resembled(text: string): readonly string[] {
  const upper = text.toUpperCase();
  const serials = [...upper.matchAll(/(?<![\dA-Z])\d{6,7}(?![\dA-Z])/g)];
  const documents = [...upper.matchAll(/"([A-Z0-9-]{8,40})"/g)].flatMap(([, id]) => id ?? []);
  return [
    ...[...upper.matchAll(/[A-Z]{3}[UJZ][\s-]?\d{6}/g)].map(([box]) => box.replace(/[\s-]/g, '')),
    ...serials.map(([serial]) => serial.slice(0, 6)),
    ...[...upper.matchAll(/\p{Script=Han}[\s·]?[A-Z][\s·]?[A-Z0-9]{4,6}[挂学警港澳]?/gu)].map(
      ([plate]) => `plate:${normalisePlateText(plate)}`,
    ),
    ...documents.filter((id) => /\d/.test(id)),
  ];
}
