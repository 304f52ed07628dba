/**
 * Reads a serial device by its profile: bytes to frames, frames to readings; and paces the polls. What a frame
 * does not say is not told, and a message that only reports the device's own trouble is no sign of health.
 */
import type { Observation, WeightReading } from '../../core/observation.ts';
import type { Instant } from '../../core/time.ts';
import { addToWindow, emptyWindow, type StabilityWindow } from '../../core/weighing/stability.ts';
import type { Chunk, FrameFault, SessionOutput, StreamSession } from '../contract.ts';
import {
  emptyFramer,
  type Frame,
  type FrameRule,
  type FramerState,
  type FramerStep,
  feedFramer,
  idleFramer,
} from '../framer.ts';
import { checkValue, encodedCheck } from './checksums.ts';
import { frameRules, hexBytes } from './frame-rules.ts';
import type { FrameSchema, NoWeightSchema, StreamProfile, WeightSchema } from './stream.ts';
import { readTags } from './tags.ts';
import { weightOf } from './weights.ts';

/** What a site may set about one device of a profile. */
export interface StreamSettings {
  /** Device address in polls and replies, 0 to 255; the profile's own where absent. */
  readonly address?: number;
  /** The scale division d in kg: the band of inferred stability. */
  readonly divisionKg?: number;
}

/** What one frame told. */
interface FrameReading {
  readonly observations: readonly Observation[];
  readonly faults: readonly FrameFault[];
  readonly isGood: boolean;
  /** More frames answer the same poll. */
  readonly more?: boolean;
}

export class ProfileStreamSession implements StreamSession {
  readonly tickMs: number;
  readonly #profile: StreamProfile;
  readonly #settings: StreamSettings;
  readonly #rules: readonly FrameRule[];
  readonly #frames: ReadonlyMap<string, FrameSchema>;
  readonly #poll: Uint8Array | undefined;
  #framer: FramerState = emptyFramer;
  #stability: StabilityWindow = emptyWindow;
  #lastByteMs = 0;
  #lastPollMs = Number.NEGATIVE_INFINITY;
  #isAwaiting = false;

  constructor(profile: StreamProfile, settings: StreamSettings = {}) {
    this.#profile = profile;
    this.#settings = settings;
    this.#rules = frameRules(profile, settings.address);
    this.#frames = new Map(profile.frames.map((frame) => [frame.id, frame]));
    this.#poll = pollBytes(profile, settings.address);
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
    this.#isAwaiting = false;
    return { observations: [], faults: [], send: this.#due(now) };
  }

  received({ bytes, receivedAt }: Chunk): SessionOutput {
    // The silence counts by the bytes' own stamps: a late tick must not glue two halves of different frames.
    const before = this.#resetWhenIdle(receivedAt);
    this.#lastByteMs = receivedAt.monotonicMs;
    const step = feedFramer(this.#framer, bytes, this.#rules);
    return this.#told([before, step], receivedAt);
  }

  tick(now: Instant): SessionOutput {
    const told = this.#told([this.#resetWhenIdle(now)], now);
    return { ...told, send: this.#due(now) };
  }

  #resetWhenIdle(now: Instant): FramerStep | undefined {
    const isIdle = now.monotonicMs - this.#lastByteMs >= this.#profile.flow.idleResetMs;
    if (!isIdle || this.#framer.pending.length === 0) return undefined;
    const step = idleFramer(this.#framer, this.#rules);
    this.#framer = step.state;
    return step;
  }

  #told(steps: readonly (FramerStep | undefined)[], at: Instant): SessionOutput {
    const observations: Observation[] = [];
    const faults: FrameFault[] = [];
    let goodMessages = 0;
    for (const step of steps) {
      if (!step) continue;
      this.#framer = step.state;
      faults.push(...step.faults);
      for (const frame of step.frames) {
        const read = this.#read(frame, at);
        observations.push(...read.observations);
        faults.push(...read.faults);
        goodMessages += read.isGood ? 1 : 0;
        this.#isAwaiting &&= read.more === true;
      }
    }
    return { observations, faults, send: [], goodMessages };
  }

  /** A device that is still at work on a poll is not asked again: many drop or garble the second one. */
  #due(now: Instant): readonly Uint8Array[] {
    const { poll } = this.#profile;
    if (!poll || !this.#poll) return [];
    const sinceMs = now.monotonicMs - this.#lastPollMs;
    if (sinceMs < poll.everyMs || (this.#isAwaiting && sinceMs < poll.replyMs)) return [];
    this.#lastPollMs = now.monotonicMs;
    this.#isAwaiting = true;
    return [this.#poll];
  }

  #read(frame: Frame, at: Instant): FrameReading {
    const schema = this.#frames.get(frame.rule);
    if (schema?.weight) return this.#readWeight(schema.weight, frame.bytes, at);
    if (schema?.noWeight) return this.#readNoWeight(schema.noWeight);
    if (!schema?.tags) return { observations: [], faults: [], isGood: true };
    const { tags, faults, kind } = readTags(schema.tags, frame.bytes);
    const isGood = kind === 'last' || kind === 'more';
    return { observations: tags, faults, isGood, more: kind === 'more' };
  }

  #readWeight(schema: WeightSchema, bytes: Uint8Array, at: Instant): FrameReading {
    const weightKg = weightOf(schema, bytes);
    if (weightKg === undefined) {
      this.#stability = emptyWindow;
      const fault: FrameFault = { code: 'frame-undecodable', droppedBytes: bytes.length };
      return { observations: [], faults: [fault], isGood: false };
    }
    const reading: WeightReading = {
      kind: 'weightReading',
      weightKg,
      basis: schema.basis,
      stability: this.#stabilityOf(schema, bytes, { atMs: at.monotonicMs, weightKg }),
      condition: 'ok',
    };
    return { observations: [reading], faults: [], isGood: true };
  }

  #readNoWeight({ condition, basis }: NoWeightSchema): FrameReading {
    this.#stability = emptyWindow;
    const reading: WeightReading = {
      kind: 'weightReading',
      basis,
      stability: { state: 'moving', source: 'inferred' },
      condition,
    };
    return { observations: [reading], faults: [], isGood: true };
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
    const { readings, minMs, bandKg } = stable.infer;
    const step = addToWindow(this.#stability, reading, {
      readings,
      minMs,
      bandKg: this.#settings.divisionKg ?? bandKg,
      gapMs: this.#profile.flow.staleMs,
    });
    this.#stability = step.window;
    return { state: step.state, source: 'inferred' };
  }
}

function pollBytes({ poll, frames }: StreamProfile, address?: number): Uint8Array | undefined {
  if (!poll) return undefined;
  const bytes = hexBytes(poll.send);
  if (address !== undefined && poll.addressAt !== undefined) bytes[poll.addressAt] = address;
  const check = frames[0]?.check;
  if (!poll.appendCheck || !check) return bytes;
  const value = checkValue(check, bytes);
  return Uint8Array.of(...bytes, ...encodedCheck(check.enc, value, check.algo === 'crc16'));
}
