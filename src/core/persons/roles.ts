/** Who may do what. A role is an office at the gate, not a rank: none includes another. */
export const roles = [
  'lane-guard',
  'clerk',
  'supervisor',
  'customs-officer',
  'remote-approver',
  'yard-planner',
  'engineer',
  'auditor',
  'service',
  'viewer',
] as const;
export type Role = (typeof roles)[number];

export interface Person {
  /** Name of the account. */
  readonly name: string;
  readonly role: Role;
}

/** Acts about a vehicle that stands in a lane. */
export const laneActs = [
  'turnBack',
  'correct',
  'confirm',
  'divert',
  'manualRelease',
  'repeatOpening',
] as const;
export type LaneActKind = (typeof laneActs)[number];

/** Acts about what a vehicle that has left has left behind. */
export type RecordActKind = 'closeCase' | 'returnReservation';
export type ActKind = LaneActKind | RecordActKind;

/** The lane guard sees the driver and has nothing to say about papers; the officer does not run the lane. */
export const actRoles: Readonly<Record<ActKind, readonly Role[]>> = {
  turnBack: ['lane-guard', 'clerk', 'supervisor', 'customs-officer'],
  correct: ['clerk', 'supervisor'],
  confirm: ['clerk', 'supervisor'],
  divert: ['clerk', 'supervisor', 'customs-officer'],
  manualRelease: ['clerk', 'supervisor', 'customs-officer'],
  repeatOpening: ['clerk', 'supervisor'],
  closeCase: ['clerk', 'supervisor', 'customs-officer'],
  returnReservation: ['customs-officer'],
};

/** Who may act upon a vehicle in a lane in any way. */
export const laneActRoles = roles.filter((role) => laneActs.some((act) => mayAct(role, act)));

/** Who may be the second person of an act. */
export const approvingRoles: readonly Role[] = ['supervisor', 'customs-officer', 'remote-approver'];

export function mayAct(role: Role, kind: ActKind): boolean {
  return actRoles[kind].includes(role);
}

export function mayApprove(role: Role): boolean {
  return approvingRoles.includes(role);
}
