/**
 * What must hold of a profile for any bytes: nothing throws, memory is bounded, no byte is lost from the count,
 * what is told does not depend on how the line cut the bytes, no frame whose check is wrong tells anything, and
 * good frames behind rubbish and a pause are read as if it had never come.
 */
import fc from 'fast-check';
import type { Observation } from '../../src/core/observation.ts';
import { hexBytes } from '../../src/driver-kit/profile/frame-rules.ts';
import { frameBytesMax } from '../../src/driver-kit/profile/frame-schema.ts';
import { type LineWatch, ProfileStreamSession } from '../../src/driver-kit/profile/interpreter.ts';
import type { StreamProfile } from '../../src/driver-kit/profile/stream.ts';
import { areChecksRight } from './check-oracle.ts';
import { cutInto } from './damage.ts';
import { type FuzzFamily, familyOf } from './family.ts';
import type { ShippedProfile } from './shipped-profiles.ts';

export interface StreamLine {
  readonly name: string;
  readonly profile: StreamProfile;
  /** Bytes of each accepted test. */
  readonly good: readonly Uint8Array[];
}

export function streamLineOf({ name, profile: { stream } }: ShippedProfile): readonly StreamLine[] {
  return stream ? [{ name, profile: stream, good: goodFrames(stream) }] : [];
}

function goodFrames(profile: StreamProfile): readonly Uint8Array[] {
  return profile.tests
    .filter((test) => test.reject === undefined)
    .map((test) => hexBytes(test.hex));
}

export function streamLineFamily(line: StreamLine): FuzzFamily {
  const listener = new Listener(line);
  return familyOf(line.name, caseOf(line), (each) => listener.judge(each));
}

interface Case {
  readonly bytes: Uint8Array;
  readonly cuts: readonly number[];
  /** What the bytes were before one of them was damaged; absent: nobody knows what they should tell. */
  readonly original?: Uint8Array;
  /** Which good frame comes afterwards. */
  readonly next: number;
}

/** Good frames that come afterwards: indicators that tell no stillness are believed after some. */
const framesAfterwards = 6;

function caseOf({ good }: StreamLine): fc.Arbitrary<Case> {
  const frame = fc.constantFrom(...good);
  const byte = fc.integer({ min: 0, max: 255 });
  const cuts = fc.array(fc.integer({ min: 1, max: 24 }), { maxLength: 12 });
  const noise = fc.uint8Array({ maxLength: 48 });
  const next = fc.nat(good.length - 1);
  const half = fc
    .tuple(frame, fc.nat(100), fc.nat(100))
    .map(([bytes, from, to]) => bytes.slice(from % bytes.length, 1 + (to % bytes.length)));
  const edited = fc.tuple(frame, fc.nat(200), byte).map(([bytes, at, value]) => {
    const other = Uint8Array.from(bytes);
    other[at % other.length] = value;
    return other;
  });
  const line = fc
    .array(fc.oneof(frame, noise, half, edited), { maxLength: 5 })
    .map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])));
  const damaged = fc
    .tuple(frame, fc.nat(200), fc.integer({ min: 1, max: 255 }))
    .map(([original, at, flip]) => {
      const bytes = Uint8Array.from(original);
      const place = at % bytes.length;
      bytes[place] = (bytes[place] ?? 0) ^ flip;
      return { bytes, original };
    });
  return fc.oneof(
    fc.record({ bytes: line, cuts, next }),
    fc.tuple(damaged, cuts, next).map(([each, places, n]) => ({ ...each, cuts: places, next: n })),
  );
}

interface Told {
  readonly observations: readonly Observation[];
  /** Bytes given up by reason. */
  readonly dropped: Readonly<Record<string, number>>;
}

class Listener implements LineWatch {
  readonly #family: StreamLine;
  readonly #afterwards = new Map<number, string>();
  readonly #session: ProfileStreamSession;
  readonly #isChecked: boolean;
  #accounted = 0;

  constructor(family: StreamLine) {
    this.#family = family;
    this.#session = new ProfileStreamSession(family.profile, {}, this);
    this.#isChecked = family.profile.frames.every((frame) => frame.check !== undefined);
  }

  frame({ rule, bytes }: { rule: string; bytes: Uint8Array }): void {
    this.#accounted += bytes.length;
    const frame = this.#family.profile.frames.find(({ id }) => id === rule);
    if (!frame || !areChecksRight(frame, bytes))
      throw new Error(`a frame of "${rule}" was taken whose check is wrong`);
  }

  dropped(): void {
    this.#accounted += 1;
  }

  judge({ bytes, cuts, original, next }: Case): void {
    const whole = this.#hear([bytes]);
    const cut = this.#hear(cutInto(bytes, cuts));
    this.#judgeRecovery(next);
    if (JSON.stringify(sorted(whole)) !== JSON.stringify(sorted(cut)))
      throw new Error('what is told depends on how the bytes are cut');
    if (original) this.#judgeDamage(whole, this.#hear([original]));
  }

  /** The line has been quiet since the rubbish. */
  #judgeRecovery(next: number): void {
    const told = this.#hearAgain(next);
    if (!this.#afterwards.has(next)) {
      this.#session.opened({ wallMs: 0, monotonicMs: 0 });
      this.#afterwards.set(next, this.#hearAgain(next));
    }
    const usual = this.#afterwards.get(next);
    if (told !== usual) throw new Error(`good frames behind it told ${told}, not ${usual}`);
  }

  #hearAgain(next: number): string {
    let told: readonly Observation[] = [];
    for (let n = 0; n < framesAfterwards; n += 1) {
      const receivedAt = { wallMs: 0, monotonicMs: 10_000 + 100 * n };
      const bytes = this.#family.good[next] ?? new Uint8Array();
      told = this.#session.received({ bytes, receivedAt }).observations;
    }
    return JSON.stringify(told);
  }

  #hear(parts: readonly Uint8Array[]): Told {
    const observations: Observation[] = [];
    const dropped: Record<string, number> = {};
    const session = this.#session;
    session.opened({ wallMs: 0, monotonicMs: 0 });
    this.#accounted = 0;
    let received = 0;
    for (const part of [...parts, undefined]) {
      const output = part
        ? session.received({ bytes: part, receivedAt: { wallMs: 0, monotonicMs: 1 } })
        : session.tick({ wallMs: 0, monotonicMs: 1 + this.#family.profile.flow.idleResetMs });
      observations.push(...output.observations);
      for (const fault of output.faults)
        dropped[fault.code] = (dropped[fault.code] ?? 0) + fault.droppedBytes;
      received += part?.length ?? 0;
      if (received - this.#accounted > frameBytesMax) throw new Error('more is kept than a frame');
    }
    if (this.#echoless && received !== this.#accounted)
      throw new Error(`${received - this.#accounted} bytes are neither in a frame nor given up`);
    return { observations, dropped };
  }

  /** Where an echo is dropped, its bytes are in no count. */
  get #echoless(): boolean {
    return this.#family.profile.poll?.echo === undefined;
  }

  /**
   * One damaged byte: with a check nothing new is told; without one, nothing that could decide about a truck.
   */
  #judgeDamage(damaged: Told, original: Told): void {
    const known = new Set(original.observations.map((each) => JSON.stringify(each)));
    for (const told of damaged.observations) {
      if (known.has(JSON.stringify(told))) continue;
      const isHarmless =
        !this.#isChecked &&
        told.kind === 'weightReading' &&
        (told.condition !== 'ok' || told.stability.state === 'moving');
      if (!isHarmless) throw new Error(`a damaged byte told ${JSON.stringify(told)}`);
    }
  }
}

/** The order in which reasons first appear is no part of the comparison. */
function sorted({ observations, dropped }: Told): unknown {
  return [observations, Object.entries(dropped).sort(([a], [b]) => (a < b ? -1 : 1))];
}
