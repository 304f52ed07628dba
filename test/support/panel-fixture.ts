/** A gate as the panel may meet it: one lane that refers a truck with two boxes, one that lets a truck out. */
import type { ReasonEvidence, ReasonText } from '../../src/core/decision/check.ts';
import { reasonText } from '../../src/core/decision/decide.ts';
import { faultText } from '../../src/core/fault-codes.ts';
import {
  type CheckView,
  type DeviceView,
  type GateView,
  type LaneView,
  type PanelSource,
  type ViewChange,
  type ViewPart,
  withPart,
} from '../../src/runtime/read-model.ts';

const minuteMs = 60_000;
/** 2024-05-20T14:32:10+08:00 */
const fixtureNowMs = 1_716_186_730_000;

const acknowledgedThrough = 8_412;
const waitingSequence = acknowledgedThrough + 3;

function fault(code: string): { code: string; text: ReasonText } {
  return { code, text: faultText(code) };
}

function passed(...ids: readonly string[]): CheckView[] {
  return ids.map((id) => ({ id, outcome: 'pass' }));
}

type Consequence = NonNullable<CheckView['consequence']>;

function unmet(
  id: string,
  outcome: 'fail' | 'unknown' | 'warn',
  reason: { code: string; consequence: Consequence; evidence: ReasonEvidence },
): CheckView {
  return { id, outcome, ...reason, text: reasonText(reason.code, reason.evidence) };
}

const exportChecks: readonly CheckView[] = [
  ...passed('plate-read', 'identity-two-witnesses', 'plate-in-registered-set'),
  ...passed('vehicle-registered', 'vehicle-valid', 'vehicle-not-held'),
  unmet('container-number-valid', 'fail', {
    code: 'container-check-digit',
    consequence: 'refer',
    evidence: { raw: 'TGHU4872156' },
  }),
  ...passed('transaction-planned', 'containers-complete'),
  unmet('every-box-covered', 'fail', {
    code: 'proof-missing',
    consequence: 'refer',
    evidence: { container: 'MSCU6639870', missing: 'terminal_release' },
  }),
  ...passed('proofs-current', 'not-revoked', 'not-held'),
  unmet('hold-sources-current', 'unknown', {
    code: 'hold-source-silent',
    consequence: 'refer',
    evidence: { sources: 'quarantine' },
  }),
  ...passed('not-already-used', 'weight-stable'),
  unmet('weight-box', 'warn', {
    code: 'box-weight-differs',
    consequence: 'warn',
    evidence: {
      container: 'CSQU3054383',
      measuredKg: 23_760,
      declaredKg: 22_900,
      toleranceKg: 500,
    },
  }),
  { id: 'visit-open', outcome: 'notApplicable' },
  ...passed('prior-visit-closed', 'clock-trusted'),
];

const heldChecks: readonly CheckView[] = [
  ...passed('plate-read', 'identity-two-witnesses', 'plate-in-registered-set'),
  ...passed('vehicle-registered', 'vehicle-valid', 'vehicle-not-held'),
  ...passed('container-number-valid', 'transaction-planned', 'containers-complete'),
  ...passed('every-box-covered', 'proofs-current', 'not-revoked'),
  unmet('not-held', 'fail', {
    code: 'container-held',
    consequence: 'hold',
    evidence: { container: 'OOLU8371242', authority: '5788', reason: 'C-2024-0117' },
  }),
  ...passed('hold-sources-current', 'not-already-used'),
  unmet('weight-stable', 'unknown', {
    code: 'weight-unstable',
    consequence: 'refer',
    evidence: {},
  }),
  { id: 'weight-truck', outcome: 'notApplicable' },
  { id: 'visit-open', outcome: 'notApplicable' },
  ...passed('prior-visit-closed', 'clock-trusted'),
];

const importChecks: readonly CheckView[] = [
  ...passed('plate-read', 'identity-two-witnesses', 'plate-in-registered-set'),
  ...passed('vehicle-registered', 'vehicle-valid', 'vehicle-not-held'),
  ...passed('container-number-valid', 'transaction-planned', 'containers-complete'),
  ...passed('every-box-covered', 'proofs-current', 'not-revoked', 'not-held'),
  ...passed('hold-sources-current', 'not-already-used', 'weight-stable', 'weight-truck'),
  ...passed('visit-open'),
  { id: 'prior-visit-closed', outcome: 'notApplicable' },
  ...passed('clock-trusted'),
];

const laneIn: LaneView = {
  laneId: 'in-1',
  direction: 'in',
  serviceMode: 'inService',
  arm: { state: 'closed' },
  light: 'red',
  inputs: { approach: 'occupied', presence: 'occupied', exit: 'clear', curtain: 'clear' },
  alarms: [],
  passages: [
    {
      passageId: '018f94a1-0001',
      state: 'referred',
      startedAtMs: fixtureNowMs - 41_000,
      stateAgeMs: 23_000,
      tractor: { text: '粤B8K62X', colour: 'yellow', confidence: 0.97 },
      trailer: { text: '粤BT719挂', colour: 'yellow', confidence: 0.88 },
      tags: ['E2801160600002084C3A51F7'],
      containerCapture: 'captured',
      containers: [
        {
          position: 'front',
          text: 'MSCU6639870',
          checkDigit: 'right',
          confidence: 0.98,
          isoType: '22G1',
        },
        {
          position: 'rear',
          text: 'TGHU4872156',
          checkDigit: 'wrong',
          confidence: 0.74,
          isoType: '22G1',
        },
      ],
      weight: {
        kind: 'weighed',
        weightKg: 38_760,
        basis: 'displayed',
        stabilitySource: 'inferred',
      },
      decision: {
        passageId: '018f94a1-0001',
        plate: '粤B8K62X',
        disposition: 'refer',
        decidedAtMs: fixtureNowMs - 23_000,
        policy: { name: 'strict-import-export', version: 1 },
        checks: exportChecks,
      },
      referredFor: [],
      hasCrossed: false,
      unauthorised: false,
    },
    {
      passageId: '018f94a1-0002',
      state: 'approaching',
      startedAtMs: fixtureNowMs - 6_000,
      stateAgeMs: 6_000,
      tags: [],
      containerCapture: 'none',
      containers: [],
      referredFor: [],
      hasCrossed: false,
      unauthorised: false,
    },
  ],
  lastPassages: [
    ended(1, '粤A3F109', ['CSQU3054383'], 'passed'),
    ended(2, '粤B7721警', [], 'diverted'),
    ended(3, '湘AD40526', ['MSCU6639870', 'TCNU7153645'], 'passed'),
    ended(4, '粤ZH517港', ['HLXU4026113'], 'held'),
    ended(5, undefined, ['OOLU8371242'], 'referred'),
    ended(6, '桂B62K01', ['TEMU2289916'], 'refused'),
    ended(7, '粤B55D8Q', ['MAEU6021456'], 'passed'),
    ended(8, '粤B90R33', [], 'tailgated'),
  ],
  openExceptions: {
    count: 3,
    newest: [
      {
        exceptionId: 'x.018f94a1-0001.d1',
        passageId: '018f94a1-0001',
        plate: '粤B8K62X',
        cause: 'proof-missing',
        text: reasonText('proof-missing', {
          container: 'MSCU6639870',
          missing: 'terminal_release',
        }),
        openedAtMs: fixtureNowMs - 23_000,
      },
      {
        exceptionId: 'x.018f94a1-0105.d1',
        passageId: '018f94a1-0105',
        cause: 'plate-not-read',
        text: reasonText('plate-not-read'),
        openedAtMs: fixtureNowMs - 17 * minuteMs,
      },
    ],
  },
};

export const laneOut: LaneView = {
  laneId: 'out-1',
  direction: 'out',
  serviceMode: 'inService',
  arm: { state: 'open' },
  light: 'green',
  inputs: { approach: 'clear', presence: 'occupied', exit: 'occupied', curtain: 'occupied' },
  alarms: [],
  passages: [
    {
      passageId: '018f94a1-0003',
      state: 'opening',
      startedAtMs: fixtureNowMs - 19_000,
      stateAgeMs: 3_000,
      tractor: { text: '粤AF51027', colour: 'yellowGreen', confidence: 0.99 },
      tags: ['E2801160600002084C3A60B2'],
      containerCapture: 'captured',
      containers: [
        {
          position: 'single',
          text: 'CSQU3054383',
          checkDigit: 'right',
          confidence: 0.99,
          isoType: '45G1',
        },
      ],
      weight: {
        kind: 'weighed',
        weightKg: 29_340,
        basis: 'gross',
        stabilitySource: 'indicator',
      },
      decision: {
        passageId: '018f94a1-0003',
        plate: '粤AF51027',
        disposition: 'admit',
        decidedAtMs: fixtureNowMs - 4_000,
        policy: { name: 'strict-import-export', version: 1 },
        checks: importChecks,
      },
      referredFor: [],
      hasCrossed: false,
      unauthorised: false,
    },
  ],
  lastPassages: [
    ended(1, '粤B2N88M', ['TCLU5120938'], 'passed', waitingSequence),
    ended(2, '粤E61W20', ['FCIU4413070', 'FCIU2295533'], 'passed', waitingSequence),
    ended(3, '闽D3088T', ['CMAU1046232'], 'held'),
    ended(4, '粤B4471L', [], 'passed'),
  ],
  openExceptions: { count: 0, newest: [] },
};

/** A truck whose box is held: it stands before the closed arm. */
export const laneHeld: LaneView = {
  ...laneIn,
  passages: [
    {
      passageId: '018f94a1-0004',
      state: 'held',
      startedAtMs: fixtureNowMs - 5 * minuteMs,
      stateAgeMs: 4 * minuteMs,
      tractor: { text: '粤BDF8826', colour: 'green', confidence: 0.96 },
      tags: [],
      containerCapture: 'captured',
      containers: [
        {
          position: 'single',
          text: 'OOLU8371242',
          checkDigit: 'right',
          confidence: 0.97,
          isoType: '45G1',
        },
      ],
      weight: { kind: 'noWeight', reason: 'unstable' },
      decision: {
        passageId: '018f94a1-0004',
        plate: '粤BDF8826',
        disposition: 'hold',
        decidedAtMs: fixtureNowMs - 4 * minuteMs,
        policy: { name: 'strict-import-export', version: 1 },
        checks: heldChecks,
      },
      referredFor: [],
      hasCrossed: false,
      unauthorised: false,
    },
  ],
};

/** A lane that nobody stands in and that cannot work. */
export const laneFaulted: LaneView = {
  ...laneOut,
  serviceMode: 'faulted',
  serviceCause: fault('barrier-unknown'),
  arm: { state: 'unknown' },
  light: 'red',
  inputs: { approach: 'unknown', presence: 'unknown', exit: 'unknown', curtain: 'unknown' },
  alarms: [{ code: 'arm-limits-contradict', text: faultText('arm-limits-contradict') }],
  passages: [],
};

function ended(
  place: number,
  plate: string | undefined,
  containers: readonly string[],
  outcome: LaneView['lastPassages'][number]['outcome'],
  lastSequence = 1,
): LaneView['lastPassages'][number] {
  return {
    passageId: `018f94a1-01${place.toString().padStart(2, '0')}`,
    ...(plate !== undefined && { plate }),
    containers,
    outcome,
    endedAtMs: fixtureNowMs - place * 4 * minuteMs,
    lastSequence,
  };
}

function device(
  laneId: string,
  kind: DeviceView['kind'],
  over: Partial<DeviceView> = {},
): DeviceView {
  return {
    deviceId: `${laneId}-${kind}`,
    laneId,
    kind,
    state: 'up',
    lastGoodAgeMs: 180,
    experimental: false,
    counters: { goodMessages: 15_230, droppedBytes: 0, openings: 1, 'frame-checksum': 2 },
    ...over,
  };
}

export const gateView: GateView = {
  sequence: 1,
  site: '5316',
  gate: 'west-1',
  startedAtMs: fixtureNowMs - 6 * 60 * minuteMs,
  clock: { state: 'holdover' },
  uplink: {
    connected: true,
    unacknowledged: 14,
    acknowledgedThrough,
    oldestUnacknowledgedAgeMs: 2_400,
  },
  feed: [
    {
      source: 'customs',
      kinds: ['proof', 'hold', 'consignment'],
      ageMs: 48_000,
      watermarkAtMs: fixtureNowMs - 48_000,
      staleAfterMs: 15 * minuteMs,
      stale: false,
      gaps: [],
      quarantined: 0,
    },
    {
      source: 'quarantine',
      kinds: ['proof', 'hold'],
      ageMs: 22 * minuteMs,
      watermarkAtMs: fixtureNowMs - 22 * minuteMs,
      staleAfterMs: 15 * minuteMs,
      stale: true,
      gaps: [{ from: 4_011, to: 4_019 }],
      quarantined: 2,
    },
    {
      source: 'terminal',
      kinds: ['transaction', 'vehicle'],
      ageMs: 9_000,
      watermarkAtMs: fixtureNowMs - 9_000,
      staleAfterMs: 15 * minuteMs,
      stale: false,
      gaps: [],
      quarantined: 0,
    },
  ],
  lanes: [laneIn, laneOut],
  devices: [
    device('in-1', 'plateCamera', { lastGoodAgeMs: 19_000 }),
    device('in-1', 'containerCamera', { lastGoodAgeMs: 18_500, experimental: true }),
    device('in-1', 'rfidReader'),
    device('in-1', 'weighbridge', { lastGoodAgeMs: 90 }),
    device('in-1', 'ioModule'),
    device('out-1', 'plateCamera', { lastGoodAgeMs: 15_000 }),
    device('out-1', 'containerCamera', {
      state: 'silent',
      lastGoodAgeMs: 7 * minuteMs,
      fault: fault('device-silent'),
      experimental: true,
    }),
    device('out-1', 'rfidReader', { state: 'down', fault: fault('connect-refused') }),
    device('out-1', 'weighbridge'),
    device('out-1', 'ioModule'),
  ],
};

/** A source whose view a test changes by hand. */
export interface FixtureSource extends PanelSource {
  change(part: ViewPart): void;
  listeners(): number;
}

export function fixtureSource(initial: GateView = gateView): FixtureSource {
  let view = initial;
  const listeners = new Set<(change: ViewChange) => void>();
  return {
    snapshot: () => view,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    change(part) {
      view = { ...withPart(view, part), sequence: view.sequence + 1 };
      for (const listener of listeners) listener({ sequence: view.sequence, part });
    },
    listeners: () => listeners.size,
  };
}
