/**
 * Explains what a profile makes of bytes, for people: every frame with its fields, its check and what it tells,
 * and every byte given up with the reason.
 */
import type { Observation } from '../../core/observation.ts';
import type { FrameFault, FrameFaultCode } from '../contract.ts';
import type { ScanPiece } from '../framer.ts';
import { demandedCheck, encodedCheck, isCheckRight, isWide } from './checksums.ts';
import { type FramePart, framePartsOf } from './frame-parts.ts';
import { compileGuard, compileLength, hexBytes } from './frame-rules.ts';
import { type CheckSchema, checksOf, type FrameSchema } from './frame-schema.ts';
import { spacedHex } from './hex.ts';
import {
  type FrameReading,
  type LineWatch,
  ProfileStreamSession,
  type StreamSettings,
} from './interpreter.ts';
import { absolute } from './places.ts';
import type { StreamProfile } from './stream.ts';

export interface DescribedFrame {
  readonly rule: string;
  /** Offset of its first byte in what was given. */
  readonly at: number;
  readonly hex: string;
  /** Raw fields by name, as they stand in the frame. */
  readonly fields: Readonly<Record<string, string | number>>;
  readonly observations: readonly Observation[];
  readonly faults: readonly FrameFault[];
}

export interface DescribedFault {
  readonly at: number;
  readonly hex: string;
  readonly code: FrameFaultCode;
  readonly reason: string;
}

export interface FrameDescription {
  readonly bytes: number;
  readonly frames: readonly DescribedFrame[];
  readonly faults: readonly DescribedFault[];
}

const start = { wallMs: 0, monotonicMs: 0 };

/** `faults` is empty exactly if every byte belongs to a frame; a frame itself may still have faults. */
export function describeFrame(
  profile: StreamProfile,
  bytes: Uint8Array,
  settings: StreamSettings = {},
): FrameDescription {
  const frames: DescribedFrame[] = [];
  const faults: DescribedFault[] = [];
  const describer = new LineDescriber(profile);
  describer.given(bytes);
  const session = new ProfileStreamSession(profile, settings, describer);
  session.opened(start);
  session.received({ bytes, receivedAt: start });
  session.tick({ wallMs: 0, monotonicMs: profile.flow.idleResetMs });
  for (const told of describer.taken()) {
    if (told.kind === 'frame') frames.push(withoutParts(told));
    else faults.push({ at: told.at, hex: told.hex, code: told.code, reason: told.reason });
  }
  return { bytes: bytes.length, frames, faults };
}

function withoutParts({ rule, at, hex, fields, observations, faults }: ToldFrame): DescribedFrame {
  return { rule, at, hex, fields, observations, faults };
}

interface ToldFrame extends DescribedFrame {
  readonly kind: 'frame';
  readonly bytes: Uint8Array;
  /** Parts of the frame by their place, in order. */
  readonly parts: readonly FramePart[];
}

/** What became of a stretch of a line. Neighbours given up for the same reason are one. */
export type ToldLine = ToldFrame | ({ readonly kind: 'dropped' } & DescribedFault);

type Dropped = Extract<ScanPiece, { kind: 'dropped' }>;

/** Watches a session and keeps what it makes of the line until it is taken. */
export class LineDescriber implements LineWatch {
  readonly #profile: StreamProfile;
  #bytes = new Uint8Array();
  #told: ToldLine[] = [];
  #dropped: Dropped[] = [];

  constructor(profile: StreamProfile) {
    this.#profile = profile;
  }

  /** All bytes of the line, where they are known: a wrong check is then told with what it should be. */
  given(bytes: Uint8Array): void {
    this.#bytes = Uint8Array.from(bytes);
  }

  frame(piece: Extract<ScanPiece, { kind: 'frame' }>, reading: FrameReading): void {
    this.#closeDropped();
    const { rule, at, bytes } = piece;
    const schema = this.#profile.frames.find((frame) => frame.id === rule);
    const parts = schema ? framePartsOf(schema, bytes) : [];
    this.#told.push({
      kind: 'frame',
      rule,
      at,
      bytes,
      hex: spacedHex(bytes),
      parts,
      fields: Object.fromEntries(parts.map(({ name, value }) => [name, value])),
      observations: reading.observations,
      faults: reading.faults,
    });
  }

  dropped(piece: Dropped): void {
    const last = this.#dropped.at(-1);
    if (last && (last.at + 1 !== piece.at || last.code !== piece.code)) this.#closeDropped();
    this.#dropped.push(piece);
  }

  /** What was told since the last time. */
  taken(): readonly ToldLine[] {
    this.#closeDropped();
    const told = this.#told;
    this.#told = [];
    return told;
  }

  #closeDropped(): void {
    const [first] = this.#dropped;
    if (!first) return;
    const { at, code, rule } = first;
    const hex = spacedHex(Uint8Array.from(this.#dropped, ({ byte }) => byte));
    const schema = this.#profile.frames.find((frame) => frame.id === rule);
    this.#told.push({ kind: 'dropped', at, hex, code, reason: this.#reasonOf(code, schema, at) });
    this.#dropped = [];
  }

  #reasonOf(code: FrameFaultCode, schema: FrameSchema | undefined, at: number): string {
    switch (code) {
      case 'frame-checksum':
        return (
          wrongCheck(schema, this.#bytes.subarray(at)) ?? `the check of "${schema?.id}" is wrong`
        );
      case 'frame-guard':
        return (
          wrongByte(schema, this.#bytes.subarray(at)) ??
          `a byte cannot stand where it stands in "${schema?.id ?? '?'}"`
        );
      case 'frame-idle':
        return 'the bytes end before a frame is whole';
      case 'frame-too-long':
        return 'no frame of this profile is that long';
      default:
        return 'no frame of this profile begins here';
    }
  }
}

/** Bytes of a frame count from 0, as in its rule. */
function wrongByte(schema: FrameSchema | undefined, rest: Uint8Array): string | undefined {
  if (!schema) return undefined;
  const length = compileLength(schema)(rest);
  if (typeof length !== 'number') return undefined;
  for (const guard of schema.guard ?? []) {
    const place = compileGuard(guard)(rest, length);
    if (place === undefined) continue;
    const found = spacedHex(rest.subarray(place, place + 1));
    const mask = guard.mask === undefined ? '' : ` under mask ${guard.mask}`;
    return `byte ${place} of "${schema.id}" is ${found}, and its guard allows ${guard.in}${mask}`;
  }
  const end = hexBytes(schema.end ?? '');
  const found = rest.subarray(length - end.length, length);
  return rest.length >= length && spacedHex(found) !== spacedHex(end)
    ? `"${schema.id}" of ${length} bytes ends with ${spacedHex(found)}, and its rule with ${spacedHex(end)}`
    : undefined;
}

function wrongCheck(schema: FrameSchema | undefined, rest: Uint8Array): string | undefined {
  if (!schema) return undefined;
  const length = compileLength(schema)(rest);
  if (typeof length !== 'number' || rest.length < length) return undefined;
  const frame = rest.subarray(0, length);
  const wrong = checksOf(schema).find((check) => !isCheckRight(check, frame));
  if (!wrong) return undefined;
  const demanded = Uint8Array.from(
    encodedCheck(wrong.enc, demandedCheck(wrong, frame), isWide(wrong)),
  );
  return `check of "${schema.id}" is ${checkHex(wrong, frame)}, its bytes demand ${spacedHex(demanded)}`;
}

function checkHex(check: CheckSchema, frame: Uint8Array): string {
  const from = absolute(check.at, frame);
  const { length } = encodedCheck(check.enc, 0, isWide(check));
  return spacedHex(frame.subarray(from, from + length));
}
