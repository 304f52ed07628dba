/**
 * Reads a serial device by its profile: bytes to frames, frames to readings; and paces what is said to it. What
 * a frame does not say is not told, and a message that only reports the device's own trouble is no sign of health.
 */
import type { Observation, WeightReading } from '../../core/observation.ts';
import type { Instant } from '../../core/time.ts';
import { addToWindow, emptyWindow, type StabilityWindow } from '../../core/weighing/stability.ts';
import type { Chunk, FrameFault, SessionOutput, StreamSession } from '../contract.ts';
import {
  emptyFramer,
  type FrameRule,
  type FramerState,
  type FramerStep,
  feedFramer,
  idleFramer,
  type ScanPiece,
} from '../framer.ts';
import { Dialogue, type Due } from './dialogue.ts';
import { compileMeaning, type FrameReader } from './frame-meaning.ts';
import { frameRules } from './frame-rules.ts';
import type { StreamProfile } from './stream.ts';
import type { NoWeightSchema, WeightSchema } from './weight-schema.ts';
import type { WeightTold } from './weights.ts';

/** What a site may set about one device of a profile. */
export interface StreamSettings {
  /** Device address in polls and replies, 0 to 255; the profile's own where absent. */
  readonly address?: number;
  /** The scale division d in kg: the band of inferred stability. */
  readonly divisionKg?: number;
}

/** What one frame told. */
export interface FrameReading {
  readonly observations: readonly Observation[];
  readonly faults: readonly FrameFault[];
  readonly isGood: boolean;
}

/** Sees every byte with what became of it, for tools that explain a line to people. */
export interface LineWatch {
  frame(piece: Extract<ScanPiece, { kind: 'frame' }>, reading: FrameReading): void;
  dropped(piece: Extract<ScanPiece, { kind: 'dropped' }>): void;
}

interface CompiledFrame {
  readonly read: FrameReader;
  readonly weight: WeightSchema | undefined;
}

export class ProfileStreamSession implements StreamSession {
  readonly tickMs: number;
  readonly #profile: StreamProfile;
  readonly #settings: StreamSettings;
  readonly #watch: LineWatch | undefined;
  readonly #rules: readonly FrameRule[];
  readonly #frames: ReadonlyMap<string, CompiledFrame>;
  readonly #dialogue: Dialogue;
  #framer: FramerState = emptyFramer;
  #stability: StabilityWindow = emptyWindow;
  #equal: EqualFrames = noFrames;
  #lastByteMs = 0;

  constructor(profile: StreamProfile, settings: StreamSettings = {}, watch?: LineWatch) {
    this.#profile = profile;
    this.#settings = settings;
    this.#watch = watch;
    this.#rules = frameRules(profile, settings.address);
    this.#frames = new Map(
      profile.frames.map((frame) => [
        frame.id,
        { read: compileMeaning(frame), weight: frame.weight },
      ]),
    );
    this.#dialogue = new Dialogue(profile, settings.address);
    const { idleResetMs } = profile.flow;
    this.tickMs = Math.min(idleResetMs, profile.poll?.everyMs ?? idleResetMs);
  }

  opened(now: Instant): SessionOutput {
    this.#framer = emptyFramer;
    this.#stability = emptyWindow;
    this.#equal = noFrames;
    this.#lastByteMs = now.monotonicMs;
    return saying(this.#dialogue.opened(now.monotonicMs));
  }

  received({ bytes, receivedAt }: Chunk): SessionOutput {
    // The silence counts by the bytes' own stamps: a late tick must not glue two halves of different frames.
    const before = this.#resetWhenIdle(receivedAt);
    this.#lastByteMs = receivedAt.monotonicMs;
    const step = this.#feed(this.#dialogue.withoutEcho(this.#cleared(bytes)));
    return this.#told([...before, step], receivedAt);
  }

  tick(now: Instant): SessionOutput {
    const told = this.#told(this.#resetWhenIdle(now), now);
    const due = this.#dialogue.due(now.monotonicMs);
    return { ...told, send: due.send, faults: [...told.faults, ...due.faults] };
  }

  /** Bytes of a 7-bit line without the bit that is none of theirs. */
  #cleared(bytes: Uint8Array): Uint8Array {
    return this.#profile.link.dataBits === 7 ? bytes.map((byte) => byte & 0x7f) : bytes;
  }

  #feed(bytes: Uint8Array): FramerStep {
    const step = feedFramer(this.#framer, bytes, this.#rules);
    this.#framer = step.state;
    return step;
  }

  #resetWhenIdle(now: Instant): readonly FramerStep[] {
    if (now.monotonicMs - this.#lastByteMs < this.#profile.flow.idleResetMs) return [];
    const held = this.#dialogue.heldBack();
    const steps = held.length > 0 ? [this.#feed(held)] : [];
    if (this.#framer.pending.length === 0) return steps;
    const step = idleFramer(this.#framer, this.#rules);
    this.#framer = step.state;
    return [...steps, step];
  }

  #told(steps: readonly FramerStep[], at: Instant): SessionOutput {
    const observations: Observation[] = [];
    const faults: FrameFault[] = [];
    let goodMessages = 0;
    for (const step of steps) {
      faults.push(...step.faults);
      for (const piece of step.pieces) {
        if (piece.kind === 'dropped') {
          this.#watch?.dropped(piece);
          continue;
        }
        const reading = this.#read(piece.rule, piece.bytes, at);
        this.#watch?.frame(piece, reading);
        observations.push(...reading.observations);
        faults.push(...reading.faults);
        goodMessages += reading.isGood ? 1 : 0;
      }
    }
    return { observations, faults, send: [], goodMessages };
  }

  #read(rule: string, bytes: Uint8Array, at: Instant): FrameReading {
    const frame = this.#frames.get(rule);
    const told = frame?.read(bytes) ?? { kind: 'nothing' };
    const isGood = told.kind !== 'deviceError' && told.kind !== 'undecodable';
    const more = told.kind === 'tags' && told.more;
    this.#dialogue.answered(bytes, at.monotonicMs, { isGood, more });
    switch (told.kind) {
      case 'tags':
        return { observations: told.tags, faults: told.faults, isGood };
      case 'containers':
        return { observations: [told.read], faults: told.faults, isGood };
      case 'deviceError':
        return fault({ code: 'device-error', droppedBytes: 0, detail: told.detail });
      case 'undecodable':
        this.#forgetWeights();
        return {
          // An indicator that shows no weight must not leave its last one standing.
          observations: frame?.weight ? [noWeight(undecodable)] : [],
          faults: [{ code: 'frame-undecodable', droppedBytes: bytes.length, detail: told.detail }],
          isGood,
        };
      case 'noWeight':
        this.#forgetWeights();
        return good(noWeight(told));
      case 'weight':
        return frame?.weight
          ? good(this.#weight(told, { schema: frame.weight, bytes, atMs: at.monotonicMs }))
          : { observations: [], faults: [], isGood };
      default:
        return { observations: [], faults: [], isGood };
    }
  }

  #forgetWeights(): void {
    this.#stability = emptyWindow;
    this.#equal = noFrames;
  }

  #weight(
    { weightKg, basis, stability }: Extract<WeightTold, { kind: 'weight' }>,
    frame: { schema: WeightSchema; bytes: Uint8Array; atMs: number },
  ): WeightReading {
    const { schema, bytes, atMs } = frame;
    this.#equal = withFrame(this.#equal, { bytes, atMs, gapMs: this.#profile.flow.staleMs });
    const isRepeated = this.#equal.count >= (schema.stableAfterEqualFrames ?? 1);
    const state = stability === 'untold' ? this.#inferred(schema, { weightKg, atMs }) : stability;
    const isTold = stability !== 'untold' && (isRepeated || state === 'moving');
    return {
      kind: 'weightReading',
      weightKg,
      basis,
      stability: {
        state: isRepeated ? state : 'moving',
        source: isTold ? 'indicator' : 'inferred',
      },
      condition: 'ok',
    };
  }

  #inferred(
    { stable }: WeightSchema,
    reading: { weightKg: number; atMs: number },
  ): 'stable' | 'moving' {
    if (!('infer' in stable)) return 'moving';
    const { readings, minMs, bandKg } = stable.infer;
    const step = addToWindow(this.#stability, reading, {
      readings,
      minMs,
      bandKg: this.#settings.divisionKg ?? bandKg,
      gapMs: this.#profile.flow.staleMs,
    });
    this.#stability = step.window;
    return step.state;
  }
}

/** Frames in a row that were equal byte for byte. */
interface EqualFrames {
  readonly bytes: Uint8Array;
  readonly count: number;
  readonly atMs: number;
}

const noFrames: EqualFrames = { bytes: new Uint8Array(), count: 0, atMs: 0 };

function withFrame(
  before: EqualFrames,
  { bytes, atMs, gapMs }: { bytes: Uint8Array; atMs: number; gapMs: number },
): EqualFrames {
  const isEqual =
    before.bytes.length === bytes.length &&
    atMs - before.atMs <= gapMs &&
    bytes.every((byte, i) => before.bytes[i] === byte);
  return { bytes, count: isEqual ? before.count + 1 : 1, atMs };
}

const undecodable = { condition: 'error', basis: 'displayed' } as const;

function noWeight({ condition, basis }: NoWeightSchema): WeightReading {
  const stability = { state: 'moving', source: 'inferred' } as const;
  return { kind: 'weightReading', basis, stability, condition };
}

const good = (observation: Observation): FrameReading => ({
  observations: [observation],
  faults: [],
  isGood: true,
});

const fault = (each: FrameFault): FrameReading => ({
  observations: [],
  faults: [each],
  isGood: false,
});

const saying = ({ send, faults }: Due): SessionOutput => ({ observations: [], faults, send });
