/** Session of a plate camera whose messages are fetched by ONVIF. It keeps no state: each message is whole. */
import type {
  DeviceNotification,
  NotificationOutput,
  NotificationSession,
  OnvifProfile,
  SessionOptions,
} from 'kakou/driver-kit';
import { readNotification } from './codec.ts';
import type { OnvifCameraSettings } from './settings.ts';

export function blockOf(options: SessionOptions): OnvifProfile {
  const block = options.profile.onvif;
  if (!block) {
    throw new TypeError(
      `profile ${options.profile.make} ${options.profile.model} has no "onvif" block, which driver plate-camera-onvif needs`,
    );
  }
  return block;
}

export class OnvifCameraSession implements NotificationSession {
  readonly #block: OnvifProfile;
  readonly #settings: OnvifCameraSettings;

  constructor(options: SessionOptions) {
    this.#block = blockOf(options);
    this.#settings = options.settings as OnvifCameraSettings;
  }

  notified(notification: DeviceNotification): NotificationOutput {
    const { view, snapshots } = this.#settings;
    const output = readNotification({ block: this.#block, view }, notification);
    const isWanted = snapshots !== false && this.#block.service.snapshot !== undefined;
    return { ...output, wantsSnapshot: isWanted && output.wantsSnapshot === true };
  }
}
