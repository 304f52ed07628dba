/** The kinds of trouble a simulated site can have. Each is drawn by chance while it lasts, and none in the calm at the end. */

import { SeededRandom } from '../seeded-random.ts';

export const faultTexts = {
  readings: 'posts and bytes of the devices are lost, late, repeated, corrupted or cut short',
  tags: 'readers hear the tag of the neighbouring lane',
  devices:
    'connections to devices break or are refused, requests and answers are lost, modules fall silent',
  driving: 'trucks back out, follow closely or tailgate, hands raise the arm',
  feed: 'sources of the feed fall silent, leave gaps, repeat themselves and come out of order',
  revocations: 'releases are revoked and boxes held, also between a look-up and its commit',
  twice: 'the same release is presented at two lanes, and a used one again',
  broker: 'the broker is away, loses messages and answers, repeats them; the centre falls behind',
  disk: 'the ledger is full or fails, before or after it has written',
  crash: 'the daemon ends at any commit or write and is started again',
  power: 'the machine ends like that and boots anew',
  clock: 'the wall clock is stepped',
  persons:
    'persons correct, confirm, divert, release by hand and turn back, also twice and too late',
  orders:
    'persons order lanes drained, into maintenance or held open, and turn the key at the barrier',
  platform:
    'a lane is linked to the customs gate platform, which is silent or late, refuses, answers twice or for another vehicle',
} as const;

export type FaultName = keyof typeof faultTexts;
const faultNames = Object.keys(faultTexts) as FaultName[];

/** `all`, `none`, or names with commas between them; a text says what is wrong with the list. */
export function parseFaults(list: string): readonly FaultName[] | string {
  if (list === 'all') return faultNames;
  if (list === 'none' || list === '') return [];
  const names = list.split(',').map((name) => name.trim());
  const strange = names.find((name) => !(faultNames as string[]).includes(name));
  if (strange !== undefined)
    return `there is no fault "${strange}"; there are: all, none, ${faultNames.join(', ')}`;
  return faultNames.filter((name) => names.includes(name));
}

/** Some of them, drawn for each seed anew: faults are met alone and together. */
export function mixedFaults(seed: number): readonly FaultName[] {
  const random = new SeededRandom(seed * 7_919);
  const share = 0.1 + random.next() * 0.6;
  return faultNames.filter(() => random.next() < share);
}

export class Faults {
  readonly names: readonly FaultName[];
  /** Nothing more goes wrong: what is left must come to rest. */
  isCalm = false;

  constructor(names: readonly FaultName[]) {
    this.names = names;
  }

  has(name: FaultName): boolean {
    return !this.isCalm && this.names.includes(name);
  }
}
