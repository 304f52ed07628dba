/** The catalogue of checks, in the order in which a clerk reads their results. */
import type { Check } from './check.ts';
import { clockTrusted } from './checks/clock-trusted.ts';
import { containerNumberValid } from './checks/container-number-valid.ts';
import { containersComplete } from './checks/containers-complete.ts';
import { everyBoxCovered } from './checks/every-box-covered.ts';
import { holdSourcesCurrent } from './checks/hold-sources-current.ts';
import { identityTwoWitnesses } from './checks/identity-two-witnesses.ts';
import { notAlreadyUsed } from './checks/not-already-used.ts';
import { notHeld } from './checks/not-held.ts';
import { notRevoked } from './checks/not-revoked.ts';
import { plateInRegisteredSet } from './checks/plate-in-registered-set.ts';
import { plateRead } from './checks/plate-read.ts';
import { priorVisitClosed } from './checks/prior-visit-closed.ts';
import { proofsCurrent } from './checks/proofs-current.ts';
import { transactionPlanned } from './checks/transaction-planned.ts';
import { vehicleNotHeld } from './checks/vehicle-not-held.ts';
import { vehicleRegistered } from './checks/vehicle-registered.ts';
import { vehicleValid } from './checks/vehicle-valid.ts';
import { visitOpen } from './checks/visit-open.ts';
import { weightStable } from './checks/weight-stable.ts';
import { weightTruck } from './checks/weight-truck.ts';

export const catalogue: readonly Check[] = [
  plateRead,
  identityTwoWitnesses,
  plateInRegisteredSet,
  vehicleRegistered,
  vehicleValid,
  vehicleNotHeld,
  containerNumberValid,
  transactionPlanned,
  containersComplete,
  everyBoxCovered,
  proofsCurrent,
  notRevoked,
  notHeld,
  holdSourcesCurrent,
  notAlreadyUsed,
  weightStable,
  weightTruck,
  visitOpen,
  priorVisitClosed,
  clockTrusted,
];
