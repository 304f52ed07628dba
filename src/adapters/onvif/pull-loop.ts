/**
 * Follows one camera for ever: connect, subscribe, fetch, and after a failure begin anew once a growing, random
 * delay is over. No answer of a camera makes it faster than that. A fetch that fails is tried again on the same
 * subscription while the last good one is less than two fetches ago. It never unsubscribes: some cameras end
 * every subscription then, also those of others; an unused one ends by itself.
 */
import type { OnvifService } from '../../driver-kit/profile/onvif.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Refusals } from '../camera-http/refusals.ts';
import { CameraFailure } from './camera-failure.ts';
import type { Camera, CameraClock, Pulled } from './onvif-camera.ts';
import type { FromCameraWorker } from './worker-messages.ts';

export interface PullLoopOptions {
  readonly camera: Camera;
  readonly pull: OnvifService['pull'];
  readonly refusals: Refusals;
  readonly clock: Clock;
  readonly backOff: { nextMs(): number; reset(): void };
  readonly sleep: (ms: number) => Promise<void>;
  readonly tell: (message: FromCameraWorker) => void;
}

/** A camera's clock that moved by more than this, against ours, was set, ms. */
const stepMs = 5_000;
/** A camera's clock that differs by more than this from ours is worth a word, ms. */
const skewMs = 10_000;
/**
 * Least time from one fetch to the next, ms: of a camera that does not wait for messages, and of one that has
 * many. Whatever a camera sends, this bounds what the main thread has to read.
 */
const emptyGapMs = 500;
const gapMs = 200;

export class PullLoop {
  readonly #o: PullLoopOptions;
  /** Camera's clock minus our monotonic one by its date and time, and by its event service, ms. */
  #clockOffsetMs: number | undefined;
  #eventOffsetMs: number | undefined;
  /** When the camera's queue was last known to be empty, and when a fetch last succeeded. */
  #emptyAtMs = 0;
  #goodAtMs = 0;

  constructor(options: PullLoopOptions) {
    this.#o = options;
  }

  /** Rejects only for a mistake in this program, which ends the worker. */
  async run(): Promise<never> {
    for (;;) {
      try {
        await this.#follow();
      } catch (error) {
        if (!(error instanceof CameraFailure)) throw error;
        await this.#lost(error);
      }
    }
  }

  async #lost({ code, message }: CameraFailure): Promise<void> {
    const { backOff, refusals, tell, sleep } = this.#o;
    const retryMs = Math.max(backOff.nextMs(), refusals.waitMs(this.#nowMs()));
    const refusedAtMs = [...refusals.atMs];
    tell({ kind: 'lost', code, detail: message, retryMs, refusedAtMs });
    await sleep(retryMs);
  }

  async #follow(): Promise<never> {
    const { camera, tell } = this.#o;
    this.#eventOffsetMs = undefined;
    this.#judgeClock(await camera.connect());
    this.#emptyAtMs = this.#nowMs();
    let renewAtMs = this.#renewalAt(await camera.subscribe());
    this.#goodAtMs = this.#nowMs();
    tell({ kind: 'subscribed' });
    for (;;) {
      const begunMs = this.#nowMs();
      const pulled = await this.#pull();
      if (pulled) await this.#take(pulled);
      if (this.#nowMs() >= renewAtMs) renewAtMs = await this.#renew();
      const gap = pulled?.count === 0 ? emptyGapMs : gapMs;
      const restMs = begunMs + gap - this.#nowMs();
      if (restMs > 0) await this.#o.sleep(restMs);
    }
  }

  async #pull(): Promise<Pulled | undefined> {
    const { camera, backOff, pull, tell, sleep } = this.#o;
    try {
      return await camera.pull();
    } catch (error) {
      if (!(error instanceof CameraFailure)) throw error;
      const { code, message } = error;
      if (code === 'onvif-auth-refused') throw error;
      if (code === 'onvif-fault') throw new CameraFailure('onvif-subscription-lost', message);
      if (this.#nowMs() - this.#goodAtMs > 2_000 * pull.timeoutS) {
        throw new CameraFailure('onvif-pull-overdue', `last: ${code}, ${message}`);
      }
      tell({ kind: 'faulted', code, detail: message });
      await sleep(backOff.nextMs());
      return undefined;
    }
  }

  async #take({ at, currentTimeMs, count, messages }: Pulled): Promise<void> {
    const { backOff, pull, tell } = this.#o;
    backOff.reset();
    this.#goodAtMs = at.monotonicMs;
    const heldMsMax = Math.max(0, at.monotonicMs - this.#emptyAtMs);
    if (count < pull.messageLimit) this.#emptyAtMs = at.monotonicMs;
    const offsetMs =
      currentTimeMs === undefined ? this.#clockOffsetMs : currentTimeMs - at.monotonicMs;
    const notifications = messages.slice(0, pull.messageLimit).map((text) => ({
      text,
      receivedAt: at,
      heldMsMax,
      ...(offsetMs !== undefined && { deviceTimeMs: offsetMs + at.monotonicMs }),
    }));
    tell({ kind: 'pulled', at, notifications });
    if (notifications.length < messages.length) {
      const detail = `${messages.length} messages came, ${pull.messageLimit} were asked for`;
      tell({ kind: 'faulted', code: 'onvif-answer-refused', detail });
    }
    if (currentTimeMs !== undefined) await this.#watchClock(currentTimeMs - at.monotonicMs);
  }

  /** A clock that was set would have the next sign-in refused, so its time is read before that. */
  async #watchClock(offsetMs: number): Promise<void> {
    const before = this.#eventOffsetMs;
    this.#eventOffsetMs = offsetMs;
    if (before === undefined || Math.abs(offsetMs - before) <= stepMs) return;
    this.#judgeClock(await this.#o.camera.readClock());
  }

  #judgeClock({ offsetMs }: CameraClock): void {
    const { clock, tell } = this.#o;
    const before = this.#clockOffsetMs;
    this.#clockOffsetMs = offsetMs;
    if (offsetMs === undefined) return;
    const seconds = (ms: number) => `${Math.round(ms / 1_000)} s`;
    if (before !== undefined && Math.abs(offsetMs - before) > stepMs) {
      const detail = `by ${seconds(offsetMs - before)}`;
      tell({ kind: 'faulted', code: 'onvif-clock-stepped', detail });
    }
    const { wallMs, monotonicMs } = clock.now();
    const aheadMs = offsetMs + monotonicMs - wallMs;
    if (Math.abs(aheadMs) > skewMs) {
      const detail = `${seconds(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead' : 'behind'}`;
      tell({ kind: 'faulted', code: 'onvif-clock-skew', detail });
    }
  }

  async #renew(): Promise<number> {
    const { camera, tell } = this.#o;
    try {
      return this.#renewalAt(await camera.renew());
    } catch (error) {
      if (!(error instanceof CameraFailure) || error.code === 'onvif-auth-refused') throw error;
      tell({ kind: 'faulted', code: 'onvif-renew-failed', detail: error.message });
      return this.#renewalAt(undefined);
    }
  }

  /** Half of its life from now; never where the profile says that the camera has no renewal. */
  #renewalAt(lifetimeMs: number | undefined): number {
    const { renew, lifetimeS } = this.#o.pull;
    return renew
      ? this.#nowMs() + Math.min(lifetimeMs ?? Number.POSITIVE_INFINITY, lifetimeS * 1_000) / 2
      : Number.POSITIVE_INFINITY;
  }

  #nowMs(): number {
    return this.#o.clock.now().monotonicMs;
  }
}
