/**
 * The cameras' way to the daemon in simulated time, in place of its HTTP server. A camera posts what was not answered
 * with 200 again, four times at most.
 */
import type { PushAnswer, PushRequest, PushSession } from '../../driver-kit/contract.ts';
import type { PushListener } from '../../ports/transport.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { Faults } from './faults.ts';
import { spoilt } from './simulated-stream.ts';
import type { BootClock, SimulatedTime } from './simulated-time.ts';

export interface Post {
  readonly contentType: string;
  readonly body: Uint8Array;
}

interface Route {
  readonly session: Pick<PushSession, 'bodyBytesMax' | 'contentTypes'>;
  answer(request: PushRequest): PushAnswer;
}

const wayMs = 10;
const triesMax = 5;
const againMs = 1_000;

export class SimulatedPush {
  readonly #time: SimulatedTime;
  readonly #random: SeededRandom;
  readonly #faults: Faults;
  #routes = new Map<string, Route>();
  #boot: BootClock | undefined;

  constructor(parts: {
    readonly time: SimulatedTime;
    readonly random: SeededRandom;
    readonly faults: Faults;
  }) {
    this.#time = parts.time;
    this.#random = parts.random;
    this.#faults = parts.faults;
  }

  listener(boot: BootClock): PushListener {
    this.#boot = boot;
    const routes = new Map<string, Route>();
    this.#routes = routes;
    return {
      register: (path, session, answer) => {
        routes.set(path, { session, answer });
      },
    };
  }

  post(path: string, post: Post, tries = 1): void {
    const r = this.#faults.has('readings') ? this.#random.next() : 1;
    if (r < 0.04) return;
    const sent = r < 0.07 ? { ...post, body: spoilt(post.body, this.#random) } : post;
    const lateMs = r >= 0.07 && r < 0.12 ? this.#random.integer(6_000) : 0;
    if (r >= 0.12 && r < 0.16) this.#arriveIn(wayMs + this.#random.integer(8_000), path, post, 5);
    this.#arriveIn(wayMs + lateMs, path, sent, tries);
  }

  #arriveIn(delayMs: number, path: string, post: Post, tries: number): void {
    const { isCalm } = this.#faults;
    this.#time.after(delayMs, () => {
      // What is still on its way when the calm comes is lost: it would be told of the wrong truck.
      if (isCalm !== this.#faults.isCalm) return;
      if (this.#arrive(path, post) === 200 || tries >= triesMax) return;
      this.#time.after(againMs, () => {
        if (isCalm === this.#faults.isCalm) this.post(path, post, tries + 1);
      });
    });
  }

  /** The answer's status; 0 where nobody listens. */
  #arrive(path: string, { contentType, body }: Post): number {
    const boot = this.#boot;
    const route = this.#routes.get(path);
    if (!boot || boot.isHalted || !route) return 0;
    const type = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
    if (!route.session.contentTypes.includes(type)) return 415;
    if (body.length > route.session.bodyBytesMax) return 413;
    const receivedAt = boot.now();
    return route.answer({
      method: 'POST',
      path,
      contentType: type,
      headers: { 'content-type': contentType },
      body,
      receivedAt,
    }).status;
  }
}
