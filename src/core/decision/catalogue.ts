/** The catalogue of checks, in the order in which a clerk reads their results. */
import type { Check } from './check.ts';
import { accountRemaining } from './checks/account-remaining.ts';
import { appointmentWindow } from './checks/appointment-window.ts';
import { bindingPresent } from './checks/binding-present.ts';
import { boundTrailerRead } from './checks/bound-trailer-read.ts';
import { boxDocumentConflict } from './checks/box-document-conflict.ts';
import { carrierTransferQualified } from './checks/carrier-transfer-qualified.ts';
import { clockTrusted } from './checks/clock-trusted.ts';
import { consignmentsKnown } from './checks/consignments-known.ts';
import { containerNumberValid } from './checks/container-number-valid.ts';
import { containersComplete } from './checks/containers-complete.ts';
import { customsVerdict } from './checks/customs-verdict.ts';
import { dangerousGoodsPermit } from './checks/dangerous-goods-permit.ts';
import { deviceOperationConfirmed } from './checks/device-operation-confirmed.ts';
import { dimensionLimit } from './checks/dimension-limit.ts';
import { documentsCurrent } from './checks/documents-current.ts';
import { driverMatchesBinding } from './checks/driver-matches-binding.ts';
import { driverRegistered } from './checks/driver-registered.ts';
import { emptinessProven } from './checks/emptiness-proven.ts';
import { esealHealthy } from './checks/eseal-healthy.ts';
import { everyBoxCovered } from './checks/every-box-covered.ts';
import { exitBindingAsPlanned } from './checks/exit-binding-as-planned.ts';
import { feedCurrent } from './checks/feed-current.ts';
import { holdSourcesCurrent } from './checks/hold-sources-current.ts';
import { identityTwoWitnesses } from './checks/identity-two-witnesses.ts';
import { lastTruckFound } from './checks/last-truck-found.ts';
import { legalGrossLimit } from './checks/legal-gross-limit.ts';
import { manifestTallied } from './checks/manifest-tallied.ts';
import { notAlreadyUsed } from './checks/not-already-used.ts';
import { notHeld } from './checks/not-held.ts';
import { notRevoked } from './checks/not-revoked.ts';
import { obligationsRecorded } from './checks/obligations-recorded.ts';
import { passOrderValid } from './checks/pass-order-valid.ts';
import { passOrderWeight } from './checks/pass-order-weight.ts';
import { permitValid } from './checks/permit-valid.ts';
import { permitWithoutCargo } from './checks/permit-without-cargo.ts';
import { plateInRegisteredSet } from './checks/plate-in-registered-set.ts';
import { plateRead } from './checks/plate-read.ts';
import { portalJoined } from './checks/portal-joined.ts';
import { preManifestAccepted } from './checks/pre-manifest-accepted.ts';
import { priorVisitClosed } from './checks/prior-visit-closed.ts';
import { proofsCurrent } from './checks/proofs-current.ts';
import { quantityRemaining } from './checks/quantity-remaining.ts';
import { rapidReturn } from './checks/rapid-return.ts';
import { routeTimeLimit } from './checks/route-time-limit.ts';
import { sealMatches } from './checks/seal-matches.ts';
import { tagNotSuspect } from './checks/tag-not-suspect.ts';
import { tagOnOneVehicle } from './checks/tag-on-one-vehicle.ts';
import { tareKnown } from './checks/tare-known.ts';
import { terminalWindow } from './checks/terminal-window.ts';
import { trailerRegistered } from './checks/trailer-registered.ts';
import { transactionPlanned } from './checks/transaction-planned.ts';
import { unchangedInTransit } from './checks/unchanged-in-transit.ts';
import { vehicleNotHeld } from './checks/vehicle-not-held.ts';
import { vehicleRegistered } from './checks/vehicle-registered.ts';
import { vehicleValid } from './checks/vehicle-valid.ts';
import { vgmTolerance } from './checks/vgm-tolerance.ts';
import { visitOpen } from './checks/visit-open.ts';
import { weightBox } from './checks/weight-box.ts';
import { weightCargo } from './checks/weight-cargo.ts';
import { weightStable } from './checks/weight-stable.ts';
import { weightTruck } from './checks/weight-truck.ts';
import { weightUndisturbed } from './checks/weight-undisturbed.ts';

export const catalogue: readonly Check[] = [
  plateRead,
  identityTwoWitnesses,
  plateInRegisteredSet,
  tagNotSuspect,
  tagOnOneVehicle,
  portalJoined,
  vehicleRegistered,
  vehicleValid,
  vehicleNotHeld,
  trailerRegistered,
  driverRegistered,
  driverMatchesBinding,
  carrierTransferQualified,
  containerNumberValid,
  permitValid,
  permitWithoutCargo,
  transactionPlanned,
  bindingPresent,
  boundTrailerRead,
  exitBindingAsPlanned,
  unchangedInTransit,
  containersComplete,
  emptinessProven,
  consignmentsKnown,
  documentsCurrent,
  boxDocumentConflict,
  dangerousGoodsPermit,
  dimensionLimit,
  sealMatches,
  esealHealthy,
  deviceOperationConfirmed,
  everyBoxCovered,
  proofsCurrent,
  notRevoked,
  notHeld,
  holdSourcesCurrent,
  feedCurrent,
  notAlreadyUsed,
  quantityRemaining,
  passOrderValid,
  passOrderWeight,
  accountRemaining,
  lastTruckFound,
  obligationsRecorded,
  manifestTallied,
  preManifestAccepted,
  routeTimeLimit,
  terminalWindow,
  appointmentWindow,
  weightStable,
  weightUndisturbed,
  tareKnown,
  weightTruck,
  weightBox,
  weightCargo,
  legalGrossLimit,
  vgmTolerance,
  visitOpen,
  priorVisitClosed,
  rapidReturn,
  clockTrusted,
  customsVerdict,
];
