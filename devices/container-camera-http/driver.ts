/** Session of a container-number camera (portal) that posts one body for each capture. */
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
import { readContainers } from './codec.ts';

export function blockOf(options: SessionOptions): PushProfile {
  const block = options.profile.push;
  if (!block) {
    throw new TypeError(
      `profile ${options.profile.make} ${options.profile.model} has no "push" block, which driver container-camera-http needs`,
    );
  }
  return block;
}

export class ContainerCameraSession implements PushSession {
  readonly bodyBytesMax: number;
  readonly contentTypes: readonly string[];
  readonly #block: PushProfile;

  constructor(options: SessionOptions) {
    this.#block = blockOf(options);
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
    const map = this.#block.containers;
    const readers = map ? { containers: (body: JsonObject) => readContainers(map, body) } : {};
    return answerBody(this.#block, readers, request);
  }
}
