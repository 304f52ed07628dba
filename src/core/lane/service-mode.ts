/**
 * Whether the lane may work by itself. A vehicle is decided on `inService`, and in `draining` if it was there before;
 * in no other mode does anything open by decision.
 *
 * ```mermaid
 * stateDiagram-v2
 *   [*] --> powerRestoring
 *   powerRestoring --> inService
 *   powerRestoring --> draining
 *   powerRestoring --> switching
 *   powerRestoring --> openHeld
 *   inService --> draining
 *   inService --> switching
 *   inService --> localControl
 *   inService --> openHeld
 *   inService --> faulted
 *   inService --> outOfService
 *   draining --> inService
 *   draining --> maintenance
 *   draining --> localControl
 *   draining --> openHeld
 *   draining --> faulted
 *   draining --> outOfService
 *   switching --> inService
 *   switching --> localControl
 *   switching --> openHeld
 *   switching --> faulted
 *   switching --> outOfService
 *   maintenance --> inService
 *   maintenance --> openHeld
 *   maintenance --> faulted
 *   maintenance --> outOfService
 *   localControl --> inService
 *   localControl --> openHeld
 *   localControl --> faulted
 *   openHeld --> inService
 *   openHeld --> faulted
 *   openHeld --> outOfService
 *   faulted --> inService
 *   faulted --> draining
 *   faulted --> switching
 *   faulted --> maintenance
 *   faulted --> openHeld
 *   faulted --> outOfService
 *   outOfService --> inService
 *   outOfService --> maintenance
 *   outOfService --> openHeld
 * ```
 *
 * After a start the devices are read first. `faulted`: the barrier's inputs or the ledger cannot be relied on; it heals
 * with its cause. `outOfService`: drained by a person's order, or the arm stood up without supervision; then it heals
 * when the arm is down and the lane empty. `localControl`: the key at the barrier rules the arm. `openHeld`: a person
 * holds the arm up; it is over when the arm is down again. `switching`: a reversible lane waits to be turned.
 */
import type { LaneDirective } from './lane-directive.ts';

export type ServiceKind =
  | 'powerRestoring'
  | 'inService'
  | 'draining'
  | 'switching'
  | 'maintenance'
  | 'localControl'
  | 'openHeld'
  | 'faulted'
  | 'outOfService';

export interface ServiceMode {
  readonly kind: ServiceKind;
  /** A code of the fault table; absent in service. */
  readonly cause?: string;
}

export const serviceAtStart: ServiceMode = { kind: 'powerRestoring' };

/** What bears on the service mode, read off the lane after every input. */
export interface ServiceSigns {
  /** What a person ordered last. */
  readonly directive: LaneDirective['kind'];
  /** Arm, approach, presence and exit are all known. */
  readonly sensed: boolean;
  /** Entries wait to be written because the ledger failed. */
  readonly ledgerFailing: boolean;
  /** The arm stood up too long, and the lane has not been empty under a closed arm since. */
  readonly armUnsupervised: boolean;
  readonly armClosed: boolean;
  /** The key switch of the barrier is turned. */
  readonly keyTurned: boolean;
  /** Nobody is left of those who were there before the lane was ordered closed, and the arm is down. */
  readonly emptied: boolean;
  /** Those who are left are cases, and the arm is down or is known not to come down by itself. */
  readonly settled: boolean;
}

export type ServiceSign =
  | 'heldOpen'
  | 'unsupervised'
  | 'maintained'
  | 'sensingLost'
  | 'lowered'
  | 'keyTurned'
  | 'keyBack'
  | 'drained'
  | 'turning'
  | 'closing'
  | 'serving';

export const transitions: readonly { from: ServiceKind; to: ServiceKind; on: ServiceSign }[] = [
  { from: 'powerRestoring', to: 'openHeld', on: 'heldOpen' },
  { from: 'powerRestoring', to: 'switching', on: 'turning' },
  { from: 'powerRestoring', to: 'draining', on: 'closing' },
  { from: 'powerRestoring', to: 'inService', on: 'serving' },
  { from: 'inService', to: 'openHeld', on: 'heldOpen' },
  { from: 'inService', to: 'outOfService', on: 'unsupervised' },
  { from: 'inService', to: 'faulted', on: 'sensingLost' },
  { from: 'inService', to: 'localControl', on: 'keyTurned' },
  { from: 'inService', to: 'switching', on: 'turning' },
  { from: 'inService', to: 'draining', on: 'closing' },
  { from: 'draining', to: 'openHeld', on: 'heldOpen' },
  { from: 'draining', to: 'outOfService', on: 'unsupervised' },
  { from: 'draining', to: 'maintenance', on: 'maintained' },
  { from: 'draining', to: 'faulted', on: 'sensingLost' },
  { from: 'draining', to: 'localControl', on: 'keyTurned' },
  { from: 'draining', to: 'outOfService', on: 'drained' },
  { from: 'draining', to: 'inService', on: 'serving' },
  { from: 'switching', to: 'openHeld', on: 'heldOpen' },
  { from: 'switching', to: 'outOfService', on: 'unsupervised' },
  { from: 'switching', to: 'faulted', on: 'sensingLost' },
  { from: 'switching', to: 'localControl', on: 'keyTurned' },
  { from: 'switching', to: 'inService', on: 'serving' },
  { from: 'maintenance', to: 'openHeld', on: 'heldOpen' },
  { from: 'maintenance', to: 'outOfService', on: 'unsupervised' },
  { from: 'maintenance', to: 'faulted', on: 'sensingLost' },
  { from: 'maintenance', to: 'inService', on: 'serving' },
  { from: 'localControl', to: 'openHeld', on: 'heldOpen' },
  { from: 'localControl', to: 'faulted', on: 'sensingLost' },
  { from: 'localControl', to: 'inService', on: 'keyBack' },
  { from: 'openHeld', to: 'outOfService', on: 'unsupervised' },
  { from: 'openHeld', to: 'faulted', on: 'sensingLost' },
  { from: 'openHeld', to: 'inService', on: 'lowered' },
  { from: 'faulted', to: 'openHeld', on: 'heldOpen' },
  { from: 'faulted', to: 'outOfService', on: 'unsupervised' },
  { from: 'faulted', to: 'maintenance', on: 'maintained' },
  { from: 'faulted', to: 'switching', on: 'turning' },
  { from: 'faulted', to: 'draining', on: 'closing' },
  { from: 'faulted', to: 'inService', on: 'serving' },
  { from: 'outOfService', to: 'openHeld', on: 'heldOpen' },
  { from: 'outOfService', to: 'maintenance', on: 'maintained' },
  { from: 'outOfService', to: 'inService', on: 'serving' },
];

/** One move at most: what follows from where the lane then is, is the next one's. */
export function stepService(mode: ServiceMode, signs: ServiceSigns): ServiceMode {
  if (mode.kind === 'powerRestoring' && !isWorking(signs)) return mode;
  for (const sign of signsInOrder(signs)) {
    const transition = transitions.find((t) => t.from === mode.kind && t.on === sign);
    if (transition) return modeOf(transition.to, sign, signs);
  }
  return mode;
}

function isWorking({ sensed, ledgerFailing }: ServiceSigns): boolean {
  return sensed && !ledgerFailing;
}

/** Gravest first. Whoever holds the arm up holds it whatever else is the matter; maintenance needs nothing that works. */
function signsInOrder(signs: ServiceSigns): readonly ServiceSign[] {
  const { directive, armUnsupervised, armClosed, keyTurned, emptied, settled } = signs;
  if (directive === 'holdOpen') return ['heldOpen'];
  const isWorks = isWorking(signs);
  const unsupervised = armUnsupervised ? (['unsupervised'] as const) : [];
  if (directive === 'maintain' && (settled || !isWorks)) return ['maintained', 'closing'];
  if (!isWorks) return [...unsupervised, 'sensingLost'];
  return [
    ...unsupervised,
    ...(armClosed ? (['lowered'] as const) : []),
    keyTurned ? 'keyTurned' : 'keyBack',
    ...(directive === 'drain' && emptied ? (['drained'] as const) : []),
    ...(armUnsupervised ? [] : [wishSigns[directive]]),
  ];
}

const wishSigns = {
  serve: 'serving',
  drain: 'closing',
  maintain: 'closing',
  turn: 'turning',
} as const;

function modeOf(kind: ServiceKind, sign: ServiceSign, signs: ServiceSigns): ServiceMode {
  switch (kind) {
    case 'faulted':
      return { kind, cause: signs.sensed ? 'ledger-failing' : 'barrier-unknown' };
    case 'outOfService':
      return { kind, cause: sign === 'drained' ? 'lane-drained' : 'arm-open-unsupervised' };
    case 'powerRestoring':
    case 'inService':
      return { kind };
    default:
      return { kind, cause: modeCauses[kind] };
  }
}

const modeCauses = {
  draining: 'lane-draining',
  switching: 'lane-switching',
  maintenance: 'lane-in-maintenance',
  localControl: 'local-control',
  openHeld: 'arm-held-open',
} as const;

/** Modes in which a vehicle at the arm waits for what the lane will be next, and is no case for that alone. */
export function isPassing({ kind }: ServiceMode): boolean {
  return kind === 'faulted' || kind === 'localControl' || kind === 'openHeld';
}
