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

/** Every subject that a fact names. */
export function subjectsOf({ kind, id, body }: NamedFact): readonly string[] {
  const texts = (key: string) =>
    [body[key]].flat().flatMap((value) => (typeof value === 'string' ? [value] : []));
  const parts = (body['cargo'] ?? []) as readonly { readonly container: string }[];
  const subject = (body['subject'] ?? {}) as Record<string, unknown>;
  const held = (key: string) => (typeof subject[key] === 'string' ? [subject[key]] : []);
  const { vessel, voyage } = body;
  const sails = kind === 'calendar' && typeof vessel === 'string' && typeof voyage === 'string';
  const ownId = byOwnId[kind]?.(id);
  return [
    ...new Set([
      ...(ownId === undefined ? [] : [ownId]),
      ...[...texts('containers'), ...texts('container'), ...held('container')].map(
        subjectOf.container,
      ),
      ...parts.map(({ container }) => subjectOf.container(container)),
      ...held('container').map(meantContainer).map(subjectOf.container),
      ...[...texts('consignmentId'), ...held('consignmentId')].map(subjectOf.consignment),
      ...texts('lineage').map(subjectOf.lineage),
      ...[...texts('plates'), ...texts('plate'), ...held('plate')].map(subjectOf.plate),
      ...texts('tags').map(subjectOf.tag),
      ...texts('cards').map((number) => subjectOf.card(cardOf(number))),
      ...texts('billId').map(subjectOf.bill),
      ...(sails ? [subjectOf.voyage({ vessel, voyage })] : []),
    ]),
  ];
}
