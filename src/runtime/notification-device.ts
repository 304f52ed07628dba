/** A device whose messages are fetched from its own queue. Its transport keeps itself alive and tells how it is. */
import type { Instant } from '../core/time.ts';
import type {
  DeviceNotification,
  DriverManifest,
  NotificationOutput,
  NotificationSession,
  Picture,
} from '../driver-kit/contract.ts';
import type { NotificationTransport } from '../ports/transport.ts';
import type { DeviceHeart, OrderResult, RunningDevice } from './device.ts';
import { readingOf, takePictures, withPictures } from './evidence-pictures.ts';

type Manifest = Extract<DriverManifest, { shape: 'notification' }>;

export class NotificationDevice implements RunningDevice {
  readonly heart: DeviceHeart;
  readonly #transport: NotificationTransport;
  readonly #session: NotificationSession;
  #isPicturing = false;

  constructor(heart: DeviceHeart, manifest: Manifest, transport: NotificationTransport) {
    this.heart = heart;
    this.#transport = transport;
    this.#session = manifest.session(heart.settings);
  }

  async start(): Promise<void> {
    this.heart.start();
    await this.#transport.start({
      opened: () => this.heart.opened(),
      answered: (at, notifications) => {
        // The answer itself proves that the camera lives, whatever its messages are.
        this.heart.take({ observations: [], faults: [], send: [] }, at, true);
        for (const notification of notifications) this.#notified(notification);
      },
      faulted: (code, detail) => this.#faulted(code, detail),
      lost: (code, detail, retryMs) => this.heart.lost(code, detail, retryMs),
    });
  }

  #notified(notification: DeviceNotification): void {
    if (this.heart.isStopped) return;
    const output = this.heart.guarded(() => this.#session.notified(notification));
    if (!output) return;
    const { receivedAt } = notification;
    this.heart.take(withPictures(this.heart, output, receivedAt), receivedAt, false);
    for (const { code, detail = '' } of output.faults) this.#logged(code, detail);
    if (output.wantsSnapshot) this.#picture(output, receivedAt);
  }

  /** A still picture follows its reading; evidence never waits for it. */
  #picture(output: NotificationOutput, readingAt: Instant): void {
    const { clock, keepPictures, pictured } = this.heart.ports;
    // What is read while a picture is on its way is of the same moment.
    if (!keepPictures || !pictured || this.#isPicturing) return;
    this.#isPicturing = true;
    const { deviceId } = this.heart.settings;
    const reading = readingOf(output, readingAt);
    const take = (taken: Picture) => {
      if (this.heart.isStopped) return;
      const origin = { ...reading, receivedAt: clock.now() };
      for (const picture of takePictures(this.heart, [taken], origin)) {
        pictured({ ...reading, deviceId, picture });
      }
    };
    const failed = (error: unknown) => {
      const detail = error instanceof Error ? error.message : String(error);
      this.#faulted('onvif-snapshot-failed', detail);
    };
    this.#transport
      .snapshot()
      .then(take)
      .catch(failed)
      .finally(() => {
        this.#isPicturing = false;
      });
  }

  #faulted(code: string, detail: string): void {
    if (this.heart.isStopped) return;
    this.heart.count(code);
    this.#logged(code, detail);
  }

  #logged(code: string, detail: string): void {
    const { deviceId } = this.heart.settings;
    this.heart.ports.log('warn', 'device fault', { deviceId, code, detail });
  }

  async order(): Promise<OrderResult> {
    return 'failed';
  }

  stop(): void {
    this.heart.stop();
    this.#transport.stop();
  }
}
