/** A gate that is in every state at once, so that one look at its page meets every word. */
import { catalogue } from '../../src/core/decision/catalogue.ts';
import { reasonText } from '../../src/core/decision/decide.ts';
import { faultText, laneFaults } from '../../src/core/fault-codes.ts';
import type {
  CheckView,
  DecisionView,
  DeviceView,
  EndedPassageView,
  GateView,
  LaneView,
  PassageView,
  WeightView,
} from '../../src/runtime/read-model.ts';
import { gateView, laneOut } from '../support/panel-fixture.ts';

const [laneIn] = gateView.lanes;
const [truck] = laneIn?.passages ?? [];
if (!laneIn || !truck?.decision) throw new Error('the fixture has no truck with a decision');
const { decision } = truck;
const { plate: _plate, ...unnamed } = decision;

const noWeights = [
  ...(['noReading', 'unstable', 'empty', 'negative'] as const),
  ...(['overload', 'underload', 'error'] as const),
].map((reason): WeightView => ({ kind: 'noWeight', reason }));
const weights: readonly WeightView[] = [
  ...noWeights,
  { kind: 'weighed', weightKg: 12_340, basis: 'gross', stabilitySource: 'indicator' },
  { kind: 'weighed', weightKg: 12_340, basis: 'net', stabilitySource: 'inferred' },
  { kind: 'weighed', weightKg: 12_340, basis: 'displayed', stabilitySource: 'inferred' },
];

const states = [
  ...(['approaching', 'capturing', 'deciding', 'admitted', 'opening', 'passing'] as const),
  ...(['referred', 'held', 'refused', 'diverting', 'reversed', 'tailgated'] as const),
];
const dispositions = ['admit', 'divert', 'refer', 'hold', 'refuse'] as const;
const arms = ['closed', 'opening', 'open', 'closing', 'between', 'unknown'] as const;
const points = ['occupied', 'clear', 'unknown'] as const;
const positions = ['front', 'rear', 'single', 'unknown'] as const;
const digits = ['right', 'wrong', 'unreadable'] as const;
const outcomes = [
  ...(['passed', 'diverted', 'referred', 'held'] as const),
  ...(['refused', 'tailgated', 'withdrawn', 'evacuated', 'passedLocally'] as const),
];

/** The n-th of a list that begins anew at its end. */
function nth<Item>(items: readonly Item[], n: number): Item {
  const item = items[n % items.length];
  if (item === undefined) throw new Error('an empty list');
  return item;
}

const allPassed: readonly CheckView[] = catalogue.map(({ id }) => ({ id, outcome: 'pass' }));
const everyOutcome: readonly CheckView[] = catalogue.map(({ id, reasons }, n): CheckView => {
  const [code = 'plate-not-read'] = Object.keys(reasons);
  const outcome = nth(['fail', 'unknown', 'warn', 'notApplicable'] as const, n);
  if (outcome === 'notApplicable') return { id, outcome };
  const consequence = nth(['refuse', 'hold', 'refer', 'divert', 'warn'] as const, n);
  return { id, outcome, code, consequence, text: reasonText(code) };
});

/** None of them is there: an address without a picture behind it. */
const pictures = (['scene', 'plate', 'container', 'other'] as const).map((role, n) => ({
  role,
  sha256: String(n).repeat(64),
  deviceId: `camera-${n}`,
  ...(n === 0 && { isBroken: true as const }),
}));

function ended(n: number): EndedPassageView {
  return {
    passageId: `ended-${n}`,
    ...(n % 2 === 0 && { plate: '粤B90R33' }),
    containers: n % 3 === 0 ? [] : ['CSQU3054383'],
    outcome: nth(outcomes, n),
    endedAtMs: decision.decidedAtMs,
    lastSequence: n % 2 === 0 ? 1 : Number.MAX_SAFE_INTEGER,
    ...(n > 12 && { pictures }),
  };
}

function passageIn(n: number, over: Partial<PassageView>): PassageView {
  const made: DecisionView = {
    ...decision,
    passageId: `p-${n}`,
    disposition: nth(dispositions, n + 1),
    checks: n % 2 === 0 ? everyOutcome : allPassed,
  };
  return {
    passageId: `p-${n}`,
    state: nth(states, n),
    startedAtMs: decision.decidedAtMs,
    stateAgeMs: nth([7_000, 9 * 60_000, 5 * 3_600_000, 3 * 86_400_000], n),
    tags: n % 2 === 0 ? [] : (truck?.tags ?? []),
    ...(n % 4 < 2 && truck?.tractor && { tractor: truck.tractor }),
    ...(n % 4 === 0 && { trailer: { text: '粤BT719挂' } }),
    containerCapture: n % 3 === 0 ? 'none' : 'captured',
    containers:
      n % 3 < 2
        ? []
        : positions.map((position, place) => ({
            position,
            text: place === 3 ? '' : 'CSQU3054383',
            checkDigit: nth(digits, place),
          })),
    ...(n % 10 !== 9 && { weight: nth(weights, n) }),
    ...(n % 4 > 0 && { decision: made }),
    referredFor: [],
    hasCrossed: false,
    unauthorised: false,
    ...(n === 0 && { pictures }),
    ...over,
  };
}

function laneWith(n: number, over: Partial<PassageView> = {}): LaneView {
  return {
    ...(n % 2 === 0 ? (laneIn as LaneView) : laneOut),
    laneId: `lane-${n}`,
    arm: { state: nth(arms, n) },
    light: nth(['red', 'green'] as const, n),
    inputs: {
      approach: nth(points, n),
      presence: nth(points, n + 1),
      exit: nth(points, n + 2),
      curtain: nth(points, n),
    },
    alarms: Object.keys(laneFaults)
      .filter((_, place) => place % 5 === n % 5)
      .map((code, place) => ({
        code,
        text: faultText(code),
        ...(place % 2 === 0 && { of: `device-${n}/limitOpen` }),
      })),
    passages: [passageIn(n, over), passageIn(n + 100, { state: 'passing', hasCrossed: true })],
    lastDecision: { ...unnamed, passageId: 'gone', ...(n % 8 === 0 && { plate: '粤B4471L' }) },
    lastPassages: n === 0 ? [] : outcomes.map((_, place) => ended(n + place)),
  };
}

function closedLane(n: number, mode: LaneView['serviceMode'], cause?: string): LaneView {
  return {
    ...laneWith(n),
    serviceMode: mode,
    passages: [],
    ...(cause !== undefined && { serviceCause: { code: cause, text: faultText(cause) } }),
  };
}

const { lastDecision: _none, ...idleLane } = closedLane(12, 'inService');
const stuck = { code: 'arm-stuck', text: faultText('arm-stuck') };

const pictured: LaneView = {
  ...idleLane,
  openExceptions: {
    ...idleLane.openExceptions,
    newest: idleLane.openExceptions.newest.map((each) => ({ ...each, pictures })),
  },
};

const lanes: readonly LaneView[] = [
  ...states.map((_, n) => laneWith(n)),
  laneWith(10, { state: 'passing', unauthorised: true }),
  laneWith(11, {
    state: 'referred',
    referredFor: [stuck],
    decision: { ...decision, disposition: 'admit', checks: allPassed },
  }),
  pictured,
  closedLane(13, 'powerRestoring'),
  closedLane(14, 'faulted', 'ledger-failing'),
  closedLane(15, 'outOfService', 'device-absent-at-start'),
  closedLane(16, 'outOfService', 'lane-drained'),
  closedLane(17, 'draining', 'lane-draining'),
  { ...closedLane(18, 'switching', 'lane-switching'), isReversible: true },
  closedLane(19, 'maintenance', 'lane-in-maintenance'),
  closedLane(20, 'localControl', 'local-control'),
  closedLane(21, 'openHeld', 'arm-held-open'),
];

const kinds = [
  ...([
    'weighbridge',
    'rfidReader',
    'plateCamera',
    'containerCamera',
    'ioModule',
    'display',
  ] as const),
];
const devices: readonly DeviceView[] = [
  ...kinds.map((kind, n): DeviceView => {
    const state = nth(['up', 'silent', 'down'] as const, n);
    return {
      deviceId: `device-${n}`,
      ...(n > 0 && { laneId: 'lane-0' }),
      kind,
      state,
      ...(n > 1 && { lastGoodAgeMs: n * 1_000 }),
      ...(state !== 'up' && { fault: { code: 'port-lost', text: faultText('port-lost') } }),
      experimental: n === 3,
      counters: { goodMessages: 7, droppedBytes: 3, openings: 2, 'frame-checksum': 1 },
    };
  }),
  {
    ...(gateView.devices[0] as DeviceView),
    deviceId: 'device-rear',
    laneId: 'lane-0',
    kind: 'plateCamera',
  },
];

const [heard, stale] = gateView.feed;
if (!heard || !stale) throw new Error('the fixture has a current and a stale source');
const { ageMs: _age, watermarkAtMs: _at, ...neverHeard } = stale;

export const everyWordView: GateView = {
  ...gateView,
  clock: { state: 'unsynced' },
  uplink: {
    connected: false,
    unacknowledged: 12_893,
    acknowledgedThrough: 4_000,
    oldestUnacknowledgedAgeMs: 7_200_000,
  },
  feed: [
    ...gateView.feed,
    { ...heard, source: 'seals', gaps: [{ from: 3, to: 3 }] },
    { ...heard, source: 'drivers', quarantined: 1 },
    { ...neverHeard, source: 'vehicles' },
  ],
  lanes,
  devices,
};

/** What is left when all is well and nothing has happened yet. */
export const quietView: GateView = {
  ...gateView,
  clock: { state: 'synced' },
  uplink: { connected: true, unacknowledged: 0, acknowledgedThrough: 9_000 },
  feed: [],
  lanes: [{ ...idleLane, lastPassages: [], openExceptions: { count: 0, newest: [] } }],
  devices: [],
};
