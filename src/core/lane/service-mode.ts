/**
 * Whether the lane may work by itself. Outside `inService` nothing is decided and nothing opens.
 *
 * ```mermaid
 * stateDiagram-v2
 *   [*] --> powerRestoring
 *   powerRestoring --> inService
 *   inService --> faulted
 *   faulted --> inService
 *   inService --> outOfService
 *   faulted --> outOfService
 *   outOfService --> inService
 * ```
 *
 * After a start the devices are read first. `faulted`: the barrier's inputs or the ledger cannot be relied
 * on; it heals with its cause. `outOfService`: the arm stood up without supervision; it heals when the arm is
 * down and the lane empty.
 */
export type ServiceKind = 'powerRestoring' | 'inService' | 'faulted' | 'outOfService';

export interface ServiceMode {
  readonly kind: ServiceKind;
  /** A code of the fault table; absent in service. */
  readonly cause?: string;
}

export const serviceAtStart: ServiceMode = { kind: 'powerRestoring' };

/** What bears on the service mode, read off the lane after every input. */
export interface ServiceSigns {
  /** Arm, approach, presence and exit are all known. */
  readonly sensed: boolean;
  /** Entries wait to be written because the ledger failed. */
  readonly ledgerFailing: boolean;
  readonly armUnsupervised: boolean;
  /** Arm closed and no input occupied. */
  readonly emptyAndClosed: boolean;
}

export type ServiceSign = 'sensed' | 'sensingLost' | 'unsupervised' | 'emptied';

export const transitions: readonly { from: ServiceKind; to: ServiceKind; on: ServiceSign }[] = [
  { from: 'powerRestoring', to: 'inService', on: 'sensed' },
  { from: 'inService', to: 'faulted', on: 'sensingLost' },
  { from: 'faulted', to: 'inService', on: 'sensed' },
  { from: 'inService', to: 'outOfService', on: 'unsupervised' },
  { from: 'faulted', to: 'outOfService', on: 'unsupervised' },
  { from: 'outOfService', to: 'inService', on: 'emptied' },
];

export function stepService(mode: ServiceMode, signs: ServiceSigns): ServiceMode {
  for (const sign of signsInOrder(signs)) {
    const transition = transitions.find((t) => t.from === mode.kind && t.on === sign);
    if (transition) return modeOf(transition.to, signs);
  }
  return mode;
}

function signsInOrder(signs: ServiceSigns): readonly ServiceSign[] {
  const working = signs.sensed && !signs.ledgerFailing;
  return [
    ...(signs.armUnsupervised ? (['unsupervised'] as const) : []),
    working ? 'sensed' : 'sensingLost',
    ...(working && signs.emptyAndClosed ? (['emptied'] as const) : []),
  ];
}

function modeOf(kind: ServiceKind, signs: ServiceSigns): ServiceMode {
  switch (kind) {
    case 'faulted':
      return { kind, cause: signs.sensed ? 'ledger-failing' : 'barrier-unknown' };
    case 'outOfService':
      return { kind, cause: 'arm-open-unsupervised' };
    default:
      return { kind };
  }
}
