/**
 * Reads a serial device by its profile: bytes to frames, frames to readings. Weights are taken digit by
 * digit, so no value is bent by binary fractions before it is a number of kilograms.
 */
import { parseTag } from '../../core/identifiers/tag.ts';
import type { Observation, WeightReading } from '../../core/observation.ts';
import type { Instant } from '../../core/time.ts';
import { addToWindow, emptyWindow, type StabilityWindow } from '../../core/weighing/stability.ts';
import type { Chunk, FrameFault, SessionOutput, StreamSession } from '../contract.ts';
import {
  emptyFramer,
  type Frame,
  type FrameRule,
  type FramerState,
  feedFramer,
  idleFramer,
} from '../framer.ts';
import { checkValue, encodedCheck } from './checksums.ts';
import { frameRules, hexBytes } from './frame-rules.ts';
import type { FrameSchema, StreamProfile, TagsSchema, WeightSchema } from './stream.ts';

export class ProfileStreamSession implements StreamSession {
  readonly tickMs: number;
  readonly #profile: StreamProfile;
  readonly #rules: readonly FrameRule[];
  readonly #poll: Uint8Array | undefined;
  #framer: FramerState = emptyFramer;
  #stability: StabilityWindow = emptyWindow;
  #lastByteMs = 0;
  #lastPollMs = Number.NEGATIVE_INFINITY;

  constructor(profile: StreamProfile) {
    this.#profile = profile;
    this.#rules = frameRules(profile);
    this.#poll = pollBytes(profile);
    this.tickMs = Math.min(
      profile.flow.idleResetMs,
      profile.poll?.everyMs ?? profile.flow.idleResetMs,
    );
  }

  opened(now: Instant): SessionOutput {
    this.#framer = emptyFramer;
    this.#stability = emptyWindow;
    this.#lastByteMs = now.monotonicMs;
    this.#lastPollMs = Number.NEGATIVE_INFINITY;
    return { observations: [], faults: [], send: this.#due(now) };
  }

  received({ bytes, receivedAt }: Chunk): SessionOutput {
    this.#lastByteMs = receivedAt.monotonicMs;
    const step = feedFramer(this.#framer, bytes, this.#rules);
    this.#framer = step.state;
    const observations: Observation[] = [];
    const faults: FrameFault[] = [...step.faults];
    for (const frame of step.frames) {
      const read = this.#read(frame, receivedAt);
      if (read === undefined)
        faults.push({ code: 'frame-undecodable', droppedBytes: frame.bytes.length });
      else observations.push(...read);
    }
    return { observations, faults, send: [], goodMessages: step.frames.length };
  }

  tick(now: Instant): SessionOutput {
    const isIdle = now.monotonicMs - this.#lastByteMs >= this.#profile.flow.idleResetMs;
    const idle = isIdle ? idleFramer(this.#framer) : undefined;
    if (idle) this.#framer = idle.state;
    return { observations: [], faults: idle?.faults ?? [], send: this.#due(now) };
  }

  #due(now: Instant): readonly Uint8Array[] {
    const { poll } = this.#profile;
    if (!poll || !this.#poll || now.monotonicMs - this.#lastPollMs < poll.everyMs) return [];
    this.#lastPollMs = now.monotonicMs;
    return [this.#poll];
  }

  #read(frame: Frame, at: Instant): readonly Observation[] | undefined {
    const schema = this.#profile.frames.find((f) => f.id === frame.rule);
    if (schema?.weight) return this.#readWeight(schema.weight, frame.bytes, at);
    if (schema?.tags) return readTags(schema.tags, frame.bytes);
    return [];
  }

  #readWeight(
    schema: WeightSchema,
    bytes: Uint8Array,
    at: Instant,
  ): readonly Observation[] | undefined {
    const weightKg = weightOf(schema, bytes);
    if (weightKg === undefined) return undefined;
    const reading: WeightReading = {
      kind: 'weightReading',
      weightKg,
      basis: schema.basis,
      stability: this.#stabilityOf(schema, bytes, { atMs: at.monotonicMs, weightKg }),
      condition: 'ok',
    };
    return [reading];
  }

  #stabilityOf(
    { stable }: WeightSchema,
    bytes: Uint8Array,
    reading: { atMs: number; weightKg: number },
  ): WeightReading['stability'] {
    if ('bit' in stable) {
      const isSet = ((bytes.at(stable.bit.at) ?? 0) & stable.bit.mask) !== 0;
      return {
        state: isSet === stable.bit.stableWhenSet ? 'stable' : 'moving',
        source: 'indicator',
      };
    }
    const step = addToWindow(this.#stability, reading, stable.infer);
    this.#stability = step.window;
    return { state: step.state, source: 'inferred' };
  }
}

function pollBytes({ poll, frames }: StreamProfile): Uint8Array | undefined {
  if (!poll) return undefined;
  const bytes = hexBytes(poll.send);
  const check = frames[0]?.check;
  if (!poll.appendCheck || !check) return bytes;
  return Uint8Array.of(...bytes, ...encodedCheck(check.enc, checkValue(check, bytes)));
}

const ascii = (bytes: Uint8Array) => String.fromCharCode(...bytes);

/** The value in kilograms; undefined where the field holds no number. */
function weightOf(schema: WeightSchema, bytes: Uint8Array): number | undefined {
  const { digits, decimals, sign, unit } = schema;
  const text = ascii(bytes.subarray(digits.at, digits.at + digits.length)).trimStart();
  if (!/^\d+$/.test(text)) return undefined;
  const places = 'fixed' in decimals ? decimals.fixed : (bytes.at(decimals.at) ?? 0) - 0x30;
  const shift = places - (unit === 't' ? 3 : 0);
  const value = Number(shift >= 0 ? pointed(text, shift) : text + '0'.repeat(-shift));
  const negative = sign !== undefined && bytes.at(sign.at) === hexBytes(sign.negative)[0];
  return negative && value !== 0 ? -value : value;
}

function pointed(digits: string, places: number): string {
  const padded = digits.padStart(places + 1, '0');
  return `${padded.slice(0, padded.length - places)}.${padded.slice(padded.length - places)}0`;
}

/** Tags of one inventory reply; undefined where the reply contradicts itself. */
function readTags(schema: TagsSchema, bytes: Uint8Array): readonly Observation[] | undefined {
  const status = bytes.at(schema.statusAt);
  const isOne = (list: readonly string[]) => list.some((hex) => hexBytes(hex)[0] === status);
  if (isOne(schema.emptyStatuses) && !isOne(schema.statuses)) return [];
  if (!isOne(schema.statuses)) return undefined;
  const count = bytes.at(schema.countAt) ?? 0;
  const antenna = schema.antennaAt === undefined ? undefined : bytes.at(schema.antennaAt);
  const tags: Observation[] = [];
  let at = schema.firstAt;
  // The two check bytes at the end are no part of the list.
  const end = bytes.length - 2;
  for (let n = 0; n < count; n++) {
    const length = bytes[at] ?? 0;
    const next = at + 1 + length + schema.rssiBytes;
    const parsed = parseTag(hexOf(bytes.subarray(at + 1, at + 1 + length)));
    if (next > end || parsed.kind !== 'tag') return undefined;
    tags.push({ kind: 'tagRead', tag: parsed.id, ...(antenna !== undefined && { antenna }) });
    at = next;
  }
  return at === end ? tags : undefined;
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase();
}

/** What a profile makes of given bytes, for `kakou parse frame`. */
export function describeFrames(
  profile: StreamProfile,
  bytes: Uint8Array,
  frames: readonly FrameSchema[] = profile.frames,
) {
  const session = new ProfileStreamSession({ ...profile, frames: [...frames] });
  const at = { wallMs: 0, monotonicMs: 0 };
  session.opened(at);
  const { observations, faults } = session.received({ bytes, receivedAt: at });
  const rest = session.tick({ wallMs: 0, monotonicMs: profile.flow.idleResetMs });
  return { observations, faults: [...faults, ...rest.faults] };
}
