/**
 * Proves a profile by the tests it carries: each whole, cut at each byte, and each pair of accepted ones joined
 * and cut at each byte. Then it turns the proof round: with a check left out, a sign ignored or a polarity
 * reversed, a test must fail, or the tests would not have noticed that the profile is wrong.
 */
import type { Observation } from '../../core/observation.ts';
import type { FrameFault } from '../contract.ts';
import { emptyFramer, feedFramer, idleFramer } from '../framer.ts';
import { blindnesses } from './blindness.ts';
import { captureText } from './containers.ts';
import { describeFrame } from './describe.ts';
import type { ProfileFinding } from './finding.ts';
import { frameRules, hexBytes } from './frame-rules.ts';
import { ProfileStreamSession } from './interpreter.ts';
import type { ProfileTest, StreamProfile } from './stream.ts';

export interface Heard {
  readonly observations: readonly Observation[];
  readonly faults: readonly FrameFault[];
}

/** What a fresh session makes of these pieces; then the line falls silent. */
export function hear(profile: StreamProfile, pieces: readonly Uint8Array[]): Heard {
  return hearing(profile)(pieces);
}

type Hearing = (pieces: readonly Uint8Array[]) => Heard;

/** One session, opened anew each time: rules and patterns are compiled once. */
function hearing(profile: StreamProfile): Hearing {
  const session = new ProfileStreamSession(profile);
  return (pieces) => {
    const observations: Observation[] = [];
    const faults: FrameFault[] = [];
    let monotonicMs = 0;
    session.opened({ wallMs: 0, monotonicMs });
    for (const bytes of pieces) {
      monotonicMs += 1;
      const output = session.received({ bytes, receivedAt: { wallMs: 0, monotonicMs } });
      observations.push(...output.observations);
      faults.push(...output.faults);
    }
    const idle = session.tick({ wallMs: 0, monotonicMs: monotonicMs + profile.flow.idleResetMs });
    return {
      observations: [...observations, ...idle.observations],
      faults: [...faults, ...idle.faults],
    };
  };
}

export function proveStream(profile: StreamProfile): ProfileFinding[] {
  const hears = hearing(profile);
  const failed = profile.tests.flatMap((test, i) =>
    prove(profile, { test, path: `/stream/tests/${i}` }, hears),
  );
  return [
    ...failed,
    ...lintCoverage(profile),
    // Tests that fail as they are say nothing about their neighbours and about what they would notice.
    ...(failed.length === 0 ? [...proveJoined(profile, hears), ...proveSight(profile)] : []),
  ];
}

function prove(
  profile: StreamProfile,
  { test, path }: { test: ProfileTest; path: string },
  hears: Hearing,
): ProfileFinding[] {
  const bytes = hexBytes(test.hex);
  for (let cut = 0; cut < bytes.length; cut++) {
    const problem = compare(test, hears(piecesAt(bytes, cut)));
    if (!problem) continue;
    const message = `${test.name}, ${cut === 0 ? 'whole' : `cut at byte ${cut}`}: ${problem}`;
    const [fault] = describeFrame(profile, bytes).faults;
    const why =
      test.reject === undefined && fault ? `byte ${fault.at}: ${fault.reason}` : undefined;
    const hint = why ?? 'compare the frame with the manual';
    return [{ path, message, hint }];
  }
  return [];
}

const piecesAt = (bytes: Uint8Array, cut: number) =>
  cut === 0 ? [bytes] : [bytes.subarray(0, cut), bytes.subarray(cut)];

function compare(test: ProfileTest, heard: Heard): string | undefined {
  const all = toldBy(heard.observations);
  const isError = test.reject === 'frame-undecodable';
  const told = isError ? all.filter((each) => each !== 'error') : all;
  const expected = test.reject === undefined ? expectedOf(test) : [];
  if (told.join() !== expected.join())
    return `told [${told.join(', ')}], expected [${expected.join(', ')}]`;
  const codes = heard.faults.map((fault) => fault.code);
  if (test.reject !== undefined && !codes.some((code) => code === test.reject))
    return `raised [${codes.join(', ')}], expected ${test.reject}`;
  if (test.reject === undefined && codes.length > 0) return `raised [${codes.join(', ')}]`;
  return compareDetails(test, heard.observations);
}

/** What a test may say about each reading beside its value. */
function compareDetails(
  test: ProfileTest,
  observations: readonly Observation[],
): string | undefined {
  const readings = observations.flatMap((o) => (o.kind === 'weightReading' ? [o] : []));
  const tags = observations.flatMap((o) => (o.kind === 'tagRead' ? [o] : []));
  const details: readonly [string, readonly unknown[] | undefined, readonly unknown[]][] = [
    ['states', test.states, readings.map((reading) => reading.stability.state)],
    ['bases', test.bases, readings.map((reading) => reading.basis)],
    ['antennas', test.antennas, tags.map((tag) => tag.antenna ?? 0)],
    ['rssiDbm', test.rssiDbm, tags.map((tag) => tag.rssiDbm)],
  ];
  for (const [name, expected, told] of details)
    if (expected && expected.join() !== told.join())
      return `${name} [${told.join(', ')}], expected [${expected.join(', ')}]`;
  return undefined;
}

const expectedOf = ({ weightsKg = [], tags = [], containers = [] }: ProfileTest) => [
  ...weightsKg,
  ...tags,
  ...containers,
];

function toldBy(observations: readonly Observation[]): string[] {
  return observations.flatMap((o) => {
    if (o.kind === 'weightReading')
      return [o.condition === 'ok' ? String(o.weightKg) : o.condition];
    if (o.kind === 'containerNumberRead') return [captureText(o)];
    return o.kind === 'tagRead' ? [o.tag] : [];
  });
}

function lintCoverage(profile: StreamProfile): ProfileFinding[] {
  const path = '/stream/tests';
  const good = profile.tests.filter((test) => test.reject === undefined);
  const findings: ProfileFinding[] = [];
  if (good.length === 0 || good.length === profile.tests.length)
    findings.push({
      path,
      message: 'at least one accepted and one rejected frame are needed',
      hint: 'add them',
    });
  const seen = seenRules(profile);
  profile.frames.forEach((frame, i) => {
    if (seen.has(frame.id)) return;
    findings.push({
      path: `/stream/frames/${i}`,
      message: `no test has a frame of rule "${frame.id}"`,
      hint: 'add one: a rule that is never seen is never proven',
    });
  });
  return findings;
}

function seenRules(profile: StreamProfile): ReadonlySet<string> {
  const rules = frameRules(profile);
  const seen = new Set<string>();
  for (const { hex } of profile.tests) {
    const fed = feedFramer(emptyFramer, hexBytes(hex), rules);
    for (const step of [fed, idleFramer(fed.state, rules)])
      for (const frame of step.frames) seen.add(frame.rule);
  }
  return seen;
}

/** Good frames one behind the other, cut anywhere, tell what they tell alone. */
function proveJoined(profile: StreamProfile, hears: Hearing): ProfileFinding[] {
  const good = profile.tests.filter((test) => test.reject === undefined);
  for (const [i, first] of good.entries()) {
    const second = good[(i + 1) % good.length] ?? first;
    const bytes = Uint8Array.of(...hexBytes(first.hex), ...hexBytes(second.hex));
    const expected = [...expectedOf(first), ...expectedOf(second)].join();
    for (let cut = 0; cut < bytes.length; cut++) {
      const told = toldBy(hears(piecesAt(bytes, cut)).observations).join();
      if (told === expected) continue;
      return [
        {
          path: '/stream/tests',
          message: `${first.name} and ${second.name} joined, cut at byte ${cut}, told [${told}], expected [${expected}]`,
          hint: 'a rule reads into its neighbour',
        },
      ];
    }
  }
  return [];
}

/** Each way in which the profile could be wrong and its tests would still pass. */
function proveSight(profile: StreamProfile): ProfileFinding[] {
  return blindnesses(profile).flatMap(({ blinded, ...finding }) => {
    const hears = hearing(blinded);
    const isNoticed = profile.tests.some(
      (test) => compare(test, hears([hexBytes(test.hex)])) !== undefined,
    );
    return isNoticed ? [] : [finding];
  });
}
