/**
 * What is remembered from alert to alert: the camera's clock, what was read before, and which reading a picture
 * belongs to. It decides whether a reading is of now and of this lane; it never makes one up.
 */
import type {
  FrameFault,
  Instant,
  IsapiProfile,
  LatePicture,
  MultipartPart,
  Picture,
  PlateRead,
} from 'kakou/driver-kit';
import { type PlateAlert, readAlert } from './codec.ts';
import type { IsapiCameraSettings } from './settings.ts';

/** Ids of readings that are remembered, to leave repeats out. */
const idsMax = 256;
/** More pictures than a camera sends with one reading. */
const picturesMax = 8;

/** What one part told. */
export interface PartTold {
  readonly observations: readonly PlateRead[];
  readonly faults: readonly FrameFault[];
  readonly picture?: LatePicture;
  /** An alert of the form the profile describes, or a picture. */
  readonly isGood: boolean;
}

const nothing: PartTold = { observations: [], faults: [], isGood: true };

export class AlertReader {
  readonly #block: IsapiProfile;
  readonly #settings: IsapiCameraSettings;
  /** Camera's clock minus the monotonic one of this machine, ms. */
  #cameraClockMs: number | undefined;
  readonly #ids = new Set<string>();
  /** The reading that pictures belong to which come next. */
  #pictured: { readonly at: Instant; readonly id: string | undefined } | undefined;
  #pictures = 0;
  readonly #left = { repeated: 0, otherLine: 0, otherDirection: 0 };

  constructor(block: IsapiProfile, settings: IsapiCameraSettings) {
    this.#block = block;
    this.#settings = settings;
  }

  /** Readings that were left out on purpose, by reason. */
  get leftOut(): Readonly<Record<string, number>> {
    return { ...this.#left };
  }

  read(part: MultipartPart, at: Instant): PartTold {
    const mediaType = pictureType(part.bytes);
    if (mediaType !== undefined) return this.#picture(part, mediaType);
    return this.readAlert(part.bytes, at);
  }

  readAlert(bytes: Uint8Array, at: Instant): PartTold {
    this.#pictured = undefined;
    const alert = readAlert(this.#block, bytes);
    switch (alert.kind) {
      case 'faulted':
        return { observations: [], faults: [alert.fault], isGood: false };
      case 'other':
        if (alert.cameraTimeMs !== undefined) {
          this.#cameraClockMs = alert.cameraTimeMs - at.monotonicMs;
        }
        return nothing;
      case 'plate':
        return this.#plate(alert, at);
    }
  }

  #plate(alert: PlateAlert, at: Instant): PartTold {
    const { lines, directions, view } = this.#settings;
    const { plate, capturedAtMs } = alert;
    const faults = [...alert.faults];
    if (lines && !lines.includes(alert.line ?? '')) return this.#leave('otherLine', faults);
    if (directions && !directions.includes(alert.direction)) {
      return this.#leave('otherDirection', faults);
    }
    if (this.#isRepeated(plate.deviceEventId)) return this.#leave('repeated', faults);
    const isNow = this.#isOfNow(capturedAtMs, at, faults);
    this.#pictured = { at, id: plate.deviceEventId };
    this.#pictures = 0;
    const observation: PlateRead = {
      kind: 'plateRead',
      view,
      ...plate,
      replayed: !alert.isLive || !isNow,
      ...(capturedAtMs !== undefined && { capturedAtMs }),
    };
    return { observations: [observation], faults, isGood: true };
  }

  #leave(reason: 'repeated' | 'otherLine' | 'otherDirection', faults: FrameFault[]): PartTold {
    this.#left[reason] += 1;
    return { observations: [], faults, isGood: true };
  }

  #isRepeated(id: string | undefined): boolean {
    if (id === undefined) return false;
    if (this.#ids.has(id)) return true;
    this.#ids.add(id);
    if (this.#ids.size > idsMax) {
      const [oldest] = this.#ids;
      if (oldest !== undefined) this.#ids.delete(oldest);
    }
    return false;
  }

  /**
   * Some firmware sends again what it could not send before. Whether a reading is of now is told by the camera's
   * own clock; until that is known by the gate's. A time that lies ahead proves that one of the two is wrong. An
   * alert without a readable time came over a live line and says nothing against it.
   */
  #isOfNow(capturedAtMs: number | undefined, at: Instant, faults: FrameFault[]): boolean {
    if (capturedAtMs === undefined) return true;
    const nowMs =
      this.#cameraClockMs === undefined ? at.wallMs : this.#cameraClockMs + at.monotonicMs;
    const ageMs = nowMs - capturedAtMs;
    if (Math.abs(ageMs) <= this.#block.lateMs) return true;
    if (ageMs < 0 || this.#cameraClockMs === undefined) {
      const seconds = Math.round(Math.abs(ageMs) / 1_000);
      const whose = this.#cameraClockMs === undefined ? "the gate's" : "the camera's own";
      const detail = `the time of a reading is ${seconds} s ${ageMs < 0 ? 'ahead of' : 'behind'} ${whose} clock`;
      faults.push({ code: 'notification-clock', droppedBytes: 0, detail });
    }
    return false;
  }

  #picture(part: MultipartPart, mediaType: string): PartTold {
    const reading = this.#pictured;
    this.#pictures += 1;
    // Of a reading that was left out, or of an alert that is none of ours.
    if (!reading || this.#pictures > picturesMax) return nothing;
    const picture: LatePicture = {
      role: this.#roleOf(part),
      bytes: part.bytes,
      mediaType,
      readingAt: reading.at,
      ...(reading.id !== undefined && { deviceEventId: reading.id }),
    };
    return { ...nothing, picture };
  }

  #roleOf({ name, fileName, headers }: MultipartPart): Picture['role'] {
    const { pictures } = this.#block.reading;
    for (const each of [name, fileName, headers.get('content-id')]) {
      const key = each?.toLowerCase().replace(/^<|>$|\.[a-z]+>?$/g, '') ?? '';
      if (Object.hasOwn(pictures, key)) return pictures[key] ?? 'other';
    }
    return 'other';
  }
}

const signatures = [
  { mediaType: 'image/jpeg', bytes: [0xff, 0xd8, 0xff] },
  { mediaType: 'image/png', bytes: [0x89, 0x50, 0x4e, 0x47] },
] as const;

/** By its first bytes: what a part calls itself differs by firmware. */
export function pictureType(bytes: Uint8Array): string | undefined {
  return signatures.find((each) => each.bytes.every((byte, i) => bytes[i] === byte))?.mediaType;
}
