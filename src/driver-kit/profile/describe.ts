/**
 * Explains what a profile makes of given bytes, for people: every frame with its fields, its check and what it
 * tells, and every byte given up with the reason.
 */
import type { Observation } from '../../core/observation.ts';
import type { FrameFault, FrameFaultCode } from '../contract.ts';
import { type ScanPiece, scanFrames } from '../framer.ts';
import { demandedCheck, encodedCheck } from './checksums.ts';
import { frameRules } from './frame-rules.ts';
import { ProfileStreamSession, type StreamSettings } from './interpreter.ts';
import type { CheckSchema, FrameSchema, StreamProfile, WeightSchema } from './stream.ts';
import { hexOf } from './tags.ts';

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

/** `faults` is empty exactly if every byte belongs to a frame; a frame itself may still have faults. */
export function describeFrame(
  profile: StreamProfile,
  bytes: Uint8Array,
  settings: StreamSettings = {},
): FrameDescription {
  const { pieces } = scanFrames(bytes, frameRules(profile, settings.address), 'silent');
  const session = new ProfileStreamSession(profile, settings);
  session.opened(start);
  const frames: DescribedFrame[] = [];
  const dropped: Extract<ScanPiece, { kind: 'dropped' }>[] = [];
  for (const piece of pieces) {
    if (piece.kind === 'dropped') {
      dropped.push(piece);
      continue;
    }
    const { observations, faults } = session.received({ bytes: piece.bytes, receivedAt: start });
    const schema = profile.frames.find((frame) => frame.id === piece.rule);
    frames.push({
      rule: piece.rule,
      at: piece.at,
      hex: spaced(piece.bytes),
      fields: schema ? fieldsOf(schema, piece.bytes) : {},
      observations,
      faults,
    });
  }
  return { bytes: bytes.length, frames, faults: faultsOf(profile, bytes, dropped) };
}

const start = { wallMs: 0, monotonicMs: 0 };

/** Neighbours given up for the same reason are one entry. */
function faultsOf(
  profile: StreamProfile,
  bytes: Uint8Array,
  dropped: readonly Extract<ScanPiece, { kind: 'dropped' }>[],
): readonly DescribedFault[] {
  const runs: { at: number; to: number; code: FrameFaultCode; rule: string }[] = [];
  for (const { at, code, rule } of dropped) {
    const last = runs.at(-1);
    if (last && last.to === at && last.code === code) last.to = at + 1;
    else runs.push({ at, to: at + 1, code, rule });
  }
  return runs.map(({ at, to, code, rule }) => ({
    at,
    hex: spaced(bytes.subarray(at, to)),
    code,
    reason: reasonOf(
      code,
      profile.frames.find((frame) => frame.id === rule),
      bytes.subarray(at),
    ),
  }));
}

function reasonOf(code: FrameFaultCode, schema: FrameSchema | undefined, rest: Uint8Array): string {
  if (code === 'frame-checksum' && schema?.check) {
    const length = 'fixed' in schema.length ? schema.length.fixed : lengthByte(schema, rest);
    const { found, demanded } = checkOf(schema.check, rest.subarray(0, length));
    return `check of "${schema.id}" is ${found}, its bytes demand ${demanded}`;
  }
  if (code === 'frame-guard')
    return `a byte cannot stand where it stands in "${schema?.id ?? '?'}"`;
  if (code === 'frame-idle') return 'the bytes end before a frame is whole';
  if (code === 'frame-too-long') return 'no frame of this profile is that long';
  return 'no frame of this profile begins here';
}

function lengthByte(schema: FrameSchema, rest: Uint8Array): number {
  return 'at' in schema.length ? (rest[schema.length.at] ?? 0) + schema.length.plus : 0;
}

function checkOf(check: CheckSchema, frame: Uint8Array): { found: string; demanded: string } {
  const demanded = encodedCheck(check.enc, demandedCheck(check, frame), check.algo === 'crc16');
  const from = check.at < 0 ? frame.length + check.at : check.at;
  return {
    found: spaced(frame.subarray(from, from + demanded.length)),
    demanded: spaced(Uint8Array.from(demanded)),
  };
}

function fieldsOf(schema: FrameSchema, bytes: Uint8Array): Record<string, string | number> {
  return {
    ...(schema.weight && weightFields(schema.weight, bytes)),
    ...(schema.tags && {
      status: byteHex(bytes, schema.tags.statusAt),
      ...(bytes.length > schema.tags.firstAt + 1 && {
        count: bytes.at(schema.tags.countAt) ?? 0,
        ...(schema.tags.antenna && { antenna: byteHex(bytes, schema.tags.antenna.at) }),
      }),
    }),
    ...(schema.noWeight && { condition: schema.noWeight.condition }),
    ...(schema.addressAt !== undefined && { address: byteHex(bytes, schema.addressAt) }),
    ...(schema.check && { check: checkOf(schema.check, bytes).found }),
  };
}

function weightFields(weight: WeightSchema, bytes: Uint8Array): Record<string, string | number> {
  const { sign, digits, decimals, unit, stable } = weight;
  const text = bytes.subarray(digits.at, digits.at + digits.length);
  return {
    ...(sign && { sign: byteHex(bytes, sign.at) }),
    digits: String.fromCharCode(...text),
    decimals: 'fixed' in decimals ? decimals.fixed : (bytes.at(decimals.at) ?? 0) - 0x30,
    unit,
    ...('bit' in stable && { status: byteHex(bytes, stable.bit.at) }),
  };
}

const byteHex = (bytes: Uint8Array, at: number) => hexOf(Uint8Array.of(bytes.at(at) ?? 0));
const spaced = (bytes: Uint8Array) => hexOf(bytes).replace(/..(?=.)/g, '$& ');
