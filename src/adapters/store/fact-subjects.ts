/** The texts under which a fact is found. */
import { hash } from 'node:crypto';
import { meantContainer, normaliseContainerText } from '../../core/identifiers/container-number.ts';
import { type CardReference, cardReference } from '../../core/identifiers/driver-card.ts';
import { normalisePlateText } from '../../core/identifiers/vehicle-plate.ts';

export const subjectOf = {
  container: (text: string) => `c:${normaliseContainerText(text)}`,
  consignment: (id: string) => `d:${id}`,
  lineage: (lineage: string) => `l:${lineage}`,
  plate: (text: string) => `p:${normalisePlateText(text)}`,
  tag: (text: string) => `t:${text.toUpperCase()}`,
  bill: (id: string) => `b:${id}`,
  driver: (id: string) => `r:${id}`,
  card: (reference: CardReference) => `k:${reference}`,
  carrier: (id: string) => `f:${id}`,
  account: (id: string) => `a:${id}`,
  voyage: ({ vessel, voyage }: { readonly vessel: string; readonly voyage: string }) =>
    `y:${vessel.toUpperCase()}/${voyage.toUpperCase()}`,
} as const;

/** The feed tells the number of a driver's card, or its reference; nothing beyond its cache tells the number. */
export function cardOf(text: string): CardReference {
  const [, reference] = /^ref:([0-9a-f]{32})$/.exec(text) ?? [];
  return (reference as CardReference | undefined) ?? cardReference(text, sha256);
}

const sha256 = (text: string) => hash('sha256', text, 'hex');

/** Kinds that other facts refer to by their id. */
const byOwnId: Readonly<Record<string, (id: string) => string>> = {
  consignment: subjectOf.consignment,
  bill: subjectOf.bill,
  driver: subjectOf.driver,
  carrier: subjectOf.carrier,
  account: subjectOf.account,
};

interface NamedFact {
  readonly kind: string;
  readonly id: string;
  /** Validated by kind. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** Every subject that a fact names, each once. */
export function subjectsOf({ kind, id, body }: NamedFact): readonly string[] {
  const found = new Set<string>();
  const ownId = byOwnId[kind]?.(id);
  if (ownId !== undefined) found.add(ownId);
  for (const [member, subject] of namingMembers) {
    const value = body[member];
    if (typeof value === 'string') found.add(subject(value));
    else if (Array.isArray(value))
      for (const each of value) if (typeof each === 'string') found.add(subject(each));
  }
  const parts = (body['cargo'] ?? []) as readonly { readonly container: string }[];
  for (const { container } of parts) found.add(subjectOf.container(container));
  if (body['subject'] !== undefined)
    for (const subject of heldBy(body['subject'] as Readonly<Record<string, unknown>>))
      found.add(subject);
  const { vessel, voyage } = body;
  if (kind === 'calendar' && typeof vessel === 'string' && typeof voyage === 'string')
    found.add(subjectOf.voyage({ vessel, voyage }));
  return [...found];
}

/** Members that name something, alone or as a list. */
const namingMembers: readonly (readonly [string, (text: string) => string])[] = [
  ['containers', subjectOf.container],
  ['container', subjectOf.container],
  ['consignmentId', subjectOf.consignment],
  ['lineage', subjectOf.lineage],
  ['plates', subjectOf.plate],
  ['plate', subjectOf.plate],
  ['tags', subjectOf.tag],
  ['cards', (number) => subjectOf.card(cardOf(number))],
  ['billId', subjectOf.bill],
];

/** What a hold stops. A box is found by the number as it was sent, and by the one that it means. */
function heldBy({
  container,
  consignmentId,
  plate,
}: Readonly<Record<string, unknown>>): readonly string[] {
  return [
    ...(typeof container === 'string'
      ? [subjectOf.container(container), subjectOf.container(meantContainer(container))]
      : []),
    ...(typeof consignmentId === 'string' ? [subjectOf.consignment(consignmentId)] : []),
    ...(typeof plate === 'string' ? [subjectOf.plate(plate)] : []),
  ];
}
