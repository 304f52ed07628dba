/** A gate as the panel may meet it: one lane that refers a truck with two boxes, one that lets a truck out. */
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

function passed(...ids: readonly string[]): CheckView[] {
  return ids.map((id) => ({ id, outcome: 'pass' }));
}

const exportChecks: readonly CheckView[] = [
  ...passed('plate-read', 'identity-two-witnesses', 'plate-in-registered-set'),
  ...passed('vehicle-registered', 'vehicle-valid', 'vehicle-not-held'),
  {
    id: 'container-number-valid',
    outcome: 'fail',
    code: 'container-check-digit',
    consequence: 'refer',
    text: {
      zh: '箱号 TGHU4872159 校验码错误',
      en: 'container number TGHU4872159 has a wrong check digit',
    },
    evidence: { raw: 'TGHU4872159' },
  },
  ...passed('transaction-planned', 'containers-complete'),
  {
    id: 'every-box-covered',
    outcome: 'fail',
    code: 'proof-missing',
    consequence: 'refer',
    text: {
      zh: '箱 MSCU6639870 缺少放行信息：terminal_release',
      en: 'container MSCU6639870 lacks: terminal_release',
    },
    evidence: { container: 'MSCU6639870', missing: 'terminal_release' },
  },
  ...passed('proofs-current', 'not-revoked', 'not-held'),
  {
    id: 'hold-sources-current',
    outcome: 'unknown',
    code: 'hold-sources-stale',
    consequence: 'refer',
    text: {
      zh: '布控信息来源不是最新：quarantine',
      en: 'sources of holds and revocations are not current: quarantine',
    },
    evidence: { sources: 'quarantine' },
  },
  ...passed('not-already-used', 'weight-stable'),
  {
    id: 'weight-truck',
    outcome: 'warn',
    code: 'weight-differs',
    consequence: 'warn',
    text: {
      zh: '实测 38760 kg 与申报应重 37900 kg 相差超过 500 kg',
      en: 'measured 38760 kg differs from the expected 37900 kg by more than 500 kg',
    },
    evidence: { measuredKg: 38_760, expectedKg: 37_900, toleranceKg: 500 },
  },
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
  arm: { state: 'closed', position: 'closed' },
  light: 'red',
  inputs: { approach: 'occupied', presence: 'occupied', exit: 'clear', curtain: 'clear' },
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
          text: 'TGHU4872159',
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
      unauthorised: false,
    },
  ],
  lastPassages: [
    ended(1, '粤A3F109', ['CSQU3054383'], 'passed'),
    ended(2, '粤B7721警', [], 'diverted'),
    ended(3, '湘AD40526', ['MSCU6639870', 'TCNU7153642'], 'passed'),
    ended(4, '粤ZH517港', ['HLXU4026117'], 'held'),
    ended(5, undefined, ['OOLU8371246'], 'referred'),
    ended(6, '桂B62K01', ['TEMU2289913'], 'refused'),
    ended(7, '粤B55D8Q', ['MAEU6021458'], 'passed'),
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
        text: {
          zh: '箱 MSCU6639870 缺少放行信息：terminal_release',
          en: 'container MSCU6639870 lacks: terminal_release',
        },
        openedAtMs: fixtureNowMs - 23_000,
      },
      {
        exceptionId: 'x.018f94a1-0105.d1',
        passageId: '018f94a1-0105',
        cause: 'plate-not-read',
        text: { zh: '未识别到车牌', en: 'no plate was read' },
        openedAtMs: fixtureNowMs - 17 * minuteMs,
      },
    ],
  },
};

export const laneOut: LaneView = {
  laneId: 'out-1',
  direction: 'out',
  serviceMode: 'inService',
  arm: { state: 'open', position: 'open' },
  light: 'green',
  inputs: { approach: 'clear', presence: 'occupied', exit: 'occupied', curtain: 'occupied' },
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
      unauthorised: false,
    },
  ],
  lastPassages: [
    ended(1, '粤B2N88M', ['TCLU5120937'], 'passed', false),
    ended(2, '粤E61W20', ['FCIU4413078', 'FCIU2295534'], 'passed', false),
    ended(3, '闽D3088T', ['CMAU1046233'], 'held'),
    ended(4, '粤B4471L', [], 'passed'),
  ],
  openExceptions: { count: 0, newest: [] },
};

/** A lane that nobody stands in and that cannot work. */
export const laneFaulted: LaneView = {
  ...laneOut,
  serviceMode: 'faulted',
  serviceCause: 'barrier-unknown',
  arm: { state: 'unknown', position: 'unknown' },
  light: 'red',
  inputs: { approach: 'unknown', presence: 'unknown', exit: 'unknown', curtain: 'unknown' },
  passages: [],
};

function ended(
  place: number,
  plate: string | undefined,
  containers: readonly string[],
  outcome: LaneView['lastPassages'][number]['outcome'],
  acknowledged = true,
): LaneView['lastPassages'][number] {
  return {
    passageId: `018f94a1-01${place.toString().padStart(2, '0')}`,
    ...(plate !== undefined && { plate }),
    containers,
    outcome,
    endedAtMs: fixtureNowMs - place * 4 * minuteMs,
    acknowledged,
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
    counters: { messages: 15_230, 'frame-checksum': 2 },
    ...over,
  };
}

export const gateView: GateView = {
  sequence: 1,
  site: '5316',
  gate: 'west-1',
  startedAtMs: fixtureNowMs - 6 * 60 * minuteMs,
  clock: { state: 'holdover' },
  uplink: { connected: true, unacknowledged: 14, oldestUnacknowledgedAgeMs: 2_400 },
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
      fault: 'device-silent',
      experimental: true,
    }),
    device('out-1', 'rfidReader', { state: 'down', fault: 'transport-refused' }),
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
