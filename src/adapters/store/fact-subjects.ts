/** The texts under which a fact is found. */
import { normaliseContainerText } from '../../core/identifiers/container-number.ts';
import { normalisePlateText } from '../../core/identifiers/vehicle-plate.ts';

export const subjectOf = {
  container: (text: string) => `c:${normaliseContainerText(text)}`,
  consignment: (id: string) => `d:${id}`,
  lineage: (lineage: string) => `l:${lineage}`,
  plate: (text: string) => `p:${normalisePlateText(text)}`,
  tag: (text: string) => `t:${text.toUpperCase()}`,
} as const;

/** Every subject that a body names. Bodies have been validated by kind. */
export function subjectsOf(body: Readonly<Record<string, unknown>>): readonly string[] {
  const list = (key: string) => (Array.isArray(body[key]) ? body[key].map(String) : []);
  const one = (key: string) => (typeof body[key] === 'string' ? [body[key]] : []);
  const subject = (body['subject'] ?? {}) as Record<string, unknown>;
  const held = (key: string) => (typeof subject[key] === 'string' ? [subject[key]] : []);
  return [
    ...new Set([
      ...[...list('containers'), ...held('container')].map(subjectOf.container),
      ...[...one('consignmentId'), ...held('consignmentId')].map(subjectOf.consignment),
      ...one('lineage').map(subjectOf.lineage),
      ...[...list('plates'), ...one('plate'), ...held('plate')].map(subjectOf.plate),
      ...list('tags').map(subjectOf.tag),
    ]),
  ];
}
