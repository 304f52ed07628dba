/**
 * Writes a feed of any size as a port's customs office would send it: documents with their boxes, the proofs of each,
 * the trucks and a few holds. A fact follows from its number alone, so a look-up can name what is there.
 */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { containerCheckRemainder } from '../../src/core/identifiers/container-number.ts';

const at = '2026-11-23T08:00:00Z';
const owners = ['CSQU', 'CBHU', 'HLXU', 'MSKU', 'OOLU', 'TGHU', 'FCIU', 'TEMU'] as const;

/** Of each hundred: 38 documents, 57 proofs, 3 vehicles, one lifted hold and one that is placed. */
const shares = { documents: 38, proofs: 57, vehicles: 3, holds: 2 } as const;

/** Container number of a document of this number; with a right check digit. */
export function boxOf(document: number): string {
  const owner = owners[document % owners.length];
  // A prime step scatters neighbours over all serials, as the numbers of real boxes are.
  const serial = String((document * 7_919) % 1_000_000).padStart(6, '0');
  return `${owner}${serial}${containerCheckRemainder(`${owner}${serial}`) % 10}`;
}

/** Documents among this many facts. */
export function documentsOf(facts: number): number {
  return Math.floor(facts / 100) * shares.documents;
}

interface Fact {
  readonly kind: string;
  readonly id: string;
  readonly body: object;
}

function factAt(index: number): Fact {
  const hundred = Math.floor(index / 100);
  const place = index % 100;
  if (place < shares.documents) return consignment(hundred * shares.documents + place);
  const proofs = shares.documents + shares.proofs;
  if (place < proofs) return proof(hundred, place - shares.documents);
  if (place < proofs + shares.vehicles) return vehicle(hundred * shares.vehicles + place - proofs);
  return hold(hundred, place === 99);
}

const numberOf = (prefix: string, index: number) => `${prefix}${String(index).padStart(14, '0')}`;

function consignment(document: number): Fact {
  return {
    kind: 'consignment',
    id: numberOf('5316', document),
    body: {
      consignmentType: 'customsDeclaration',
      transactionType: 'importLocal',
      containers: [boxOf(document)],
      packages: 1 + (document % 900),
      grossWeightKg: 8_000 + (document % 18_000),
      bills: [numberOf('COSU', document)],
    },
  };
}

function proof(hundred: number, place: number): Fact {
  const document = hundred * shares.documents + (place % shares.documents);
  const isRelease = place < shares.documents;
  return {
    kind: 'proof',
    id: numberOf(isRelease ? 'R' : 'T', document),
    body: {
      lineage: numberOf(isRelease ? 'R' : 'T', document),
      proofType: isRelease ? 'customs_declaration' : 'terminal_release',
      state: 'granted',
      issuer: '5316',
      issuedAt: at,
      containers: [boxOf(document)],
      consignmentId: numberOf('5316', document),
    },
  };
}

function vehicle(index: number): Fact {
  const digits = String(index % 100_000).padStart(5, '0');
  const body = { plates: [`粤B${digits}`], tags: [numberOf('E280', index)], tareKg: 8_600 };
  return { kind: 'vehicle', id: numberOf('V', index), body: { ...body, status: 'valid' } };
}

function hold(hundred: number, isPlaced: boolean): Fact {
  return {
    kind: 'hold',
    id: numberOf(isPlaced ? 'H' : 'L', hundred),
    body: {
      subject: { kind: 'container', container: boxOf(hundred * shares.documents) },
      moves: ['leave'],
      instruction: 'inspect',
      state: isPlaced ? 'placed' : 'lifted',
      authority: '5316',
      reason: '查验',
    },
  };
}

export interface FeedFileOptions {
  readonly mode: 'snapshot' | 'delta';
  readonly source: string;
  /** Numbers of the facts, in the order of the file. */
  readonly facts: Iterable<number>;
  readonly version: number;
  readonly firstSequence: number;
}

/** Answers the last sequence. Only a block of it is in memory at any time. */
export async function writeFeedFile(path: string, options: FeedFileOptions): Promise<number> {
  const { mode, source, facts, version, firstSequence } = options;
  const out = createWriteStream(path);
  let block = `${JSON.stringify({ kakouFeed: 1, source, mode })}\n`;
  let sequence = firstSequence - 1;
  for (const index of facts) {
    sequence += 1;
    block += `${JSON.stringify({ sequence, asOf: at, version, op: 'put', ...factAt(index) })}\n`;
    if (block.length < 1_000_000) continue;
    if (!out.write(block)) await once(out, 'drain');
    block = '';
  }
  const watermark = { through: sequence, at: new Date().toISOString() };
  const records = sequence - firstSequence + 1;
  out.end(`${block}${JSON.stringify({ watermark, records })}\n`);
  await once(out, 'finish');
  return sequence;
}

export function* numbersBelow(count: number): Generator<number> {
  for (let i = 0; i < count; i++) yield i;
}

/** `count` facts of the first `among`, scattered and each once. */
export function* scattered(count: number, among: number): Generator<number> {
  const step = Math.floor(among / count);
  for (let i = 0; i < count; i++) yield ((i * 7_919) % count) * step;
}
