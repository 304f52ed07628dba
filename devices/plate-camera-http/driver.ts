/**
 * Session of a plate camera that posts its readings. Its answer acknowledges and orders nothing: cameras of
 * this family fire their own relay on a friendly answer, past every decision.
 */
import {
  answerBody,
  answerOrders,
  type JsonObject,
  type PushAnswer,
  type PushProfile,
  type PushRequest,
  type PushSession,
  type SessionOptions,
} from 'kakou/driver-kit';
import { readPlate } from './codec.ts';
import type { PlateCameraSettings } from './settings.ts';

export function blockOf(options: SessionOptions): PushProfile {
  const block = options.profile.push;
  if (!block) {
    throw new TypeError(
      `profile ${options.profile.make} ${options.profile.model} has no "push" block, which driver plate-camera-http needs`,
    );
  }
  return block;
}

export class PlateCameraSession implements PushSession {
  readonly bodyBytesMax: number;
  readonly contentTypes: readonly string[];
  readonly #block: PushProfile;
  readonly #view: PlateCameraSettings['view'];

  constructor(options: SessionOptions) {
    this.#block = blockOf(options);
    this.#view = (options.settings as PlateCameraSettings).view;
    this.bodyBytesMax = this.#block.bodyBytesMax;
    this.contentTypes = this.#block.contentTypes;
    const orders = answerOrders(this.#block.answer);
    if (orders.length > 0) {
      throw new RangeError(
        `profile ${options.profile.make} ${options.profile.model}: ${orders.join(', ')} would make the camera act by itself`,
      );
    }
  }

  answer(request: PushRequest): PushAnswer {
    const map = this.#block.plate;
    const readers = map ? { plate: (body: JsonObject) => readPlate(map, this.#view, body) } : {};
    return answerBody(this.#block, readers, request);
  }
}
