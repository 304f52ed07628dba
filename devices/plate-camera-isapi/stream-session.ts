/**
 * Session of the stream that a camera writes its alerts into. It hangs up where the stream leaves its form, falls
 * silent or pours: the supervisor then opens a new one after a delay that grows.
 */
import {
  type Chunk,
  type FrameFault,
  type HangUp,
  type Instant,
  type IsapiProfile,
  type LatePicture,
  MultipartReader,
  type PlateRead,
  quiet,
  type SessionOutput,
  type StreamSession,
} from 'kakou/driver-kit';
import { AlertReader, pictureType } from './alert-reader.ts';
import type { IsapiCameraSettings } from './settings.ts';

/** Far more than a camera at a gate says. */
const partsPerSecondMax = 50;
/**
 * Longest alerts in one second. The reading of 64 KiB of XML that is made to be slow takes 14 ms, and all lanes wait
 * for it.
 */
const longestAlertsPerSecondMax = 8;

export class AlertStreamSession implements StreamSession {
  readonly tickMs = 500;
  readonly #block: IsapiProfile;
  readonly #reader: AlertReader;
  #parts: MultipartReader;
  #lastPartMs = 0;
  #windowMs = 0;
  #partsInWindow = 0;
  #alertBytesInWindow = 0;
  #isOver = false;

  constructor(block: IsapiProfile, settings: IsapiCameraSettings) {
    this.#block = block;
    this.#reader = new AlertReader(block, settings);
    this.#parts = this.#newReader();
  }

  #newReader(): MultipartReader {
    const { partBytesMax, events } = this.#block;
    return new MultipartReader({ partBytesMax, closing: `</${events.root}>` });
  }

  opened(now: Instant): SessionOutput {
    this.#parts = this.#newReader();
    this.#lastPartMs = now.monotonicMs;
    this.#isOver = false;
    return quiet;
  }

  received({ bytes, receivedAt }: Chunk): SessionOutput {
    const observations: PlateRead[] = [];
    const faults: FrameFault[] = [];
    const latePictures: LatePicture[] = [];
    let goodMessages = 0;
    let hangUp: HangUp | undefined;
    for (const event of this.#isOver ? [] : this.#parts.feed(bytes)) {
      if (event.kind === 'broken') {
        hangUp = { code: 'multipart-malformed', detail: event.reason };
        break;
      }
      if (event.kind === 'end') {
        hangUp = { code: 'alert-stream-ended', detail: 'the camera closed the message' };
        break;
      }
      if (!this.#passes(event.part.bytes, receivedAt.monotonicMs)) {
        const detail = 'more parts or more text in a second than a camera has to say';
        hangUp = { code: 'alert-stream-flooded', detail };
        break;
      }
      this.#lastPartMs = receivedAt.monotonicMs;
      const told = this.#reader.read(event.part, receivedAt);
      observations.push(...told.observations);
      faults.push(...told.faults);
      if (told.picture) latePictures.push(told.picture);
      goodMessages += told.isGood ? 1 : 0;
    }
    if (hangUp) this.#isOver = true;
    return {
      observations,
      faults,
      send: [],
      latePictures,
      goodMessages,
      values: this.#reader.leftOut,
      ...(hangUp && { hangUp }),
    };
  }

  #passes(bytes: Uint8Array, nowMs: number): boolean {
    if (nowMs - this.#windowMs >= 1_000) {
      this.#windowMs = nowMs;
      this.#partsInWindow = 0;
      this.#alertBytesInWindow = 0;
    }
    this.#partsInWindow += 1;
    if (pictureType(bytes) === undefined) this.#alertBytesInWindow += bytes.length;
    const alertBytesMax = longestAlertsPerSecondMax * this.#block.alertLengthMax;
    return this.#partsInWindow <= partsPerSecondMax && this.#alertBytesInWindow <= alertBytesMax;
  }

  /** Counts whole parts: a stream that drips single bytes is as silent as one that brings none. */
  tick(now: Instant): SessionOutput {
    const silentMs = now.monotonicMs - this.#lastPartMs;
    if (this.#isOver || silentMs <= this.#block.stream.silenceMs) return quiet;
    this.#isOver = true;
    const detail = `no whole part for ${Math.round(silentMs / 1_000)} s`;
    return { ...quiet, hangUp: { code: 'alert-stream-silent', detail } };
  }
}
