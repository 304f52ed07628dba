/** What a camera's worker and the thread that started it say to each other. */
import type { Instant } from '../../core/time.ts';
import type { DeviceNotification } from '../../driver-kit/contract.ts';
import type { OnvifProfile } from '../../driver-kit/profile/onvif.ts';
import type { CameraAddress } from '../camera-http/connection.ts';

/** Given to a worker when it is started. It holds the password, so it is never logged. */
export interface CameraWorkerData extends CameraAddress {
  readonly username?: string;
  readonly password?: string;
  readonly connectTimeoutMs: number;
  readonly replyTimeoutMs: number;
  readonly profile: Pick<OnvifProfile, 'service' | 'topics' | 'namespaces'>;
  /** Refused sign-ins of the worker before it, ms of the monotonic clock. */
  readonly refusedAtMs: readonly number[];
  /** One 32-bit counter that the worker raises while it is able to. */
  readonly beats: SharedArrayBuffer;
}

export interface ToCameraWorker {
  readonly kind: 'snapshot';
  readonly id: number;
}

export type FromCameraWorker =
  | { readonly kind: 'subscribed' }
  | {
      readonly kind: 'pulled';
      readonly at: Instant;
      readonly notifications: readonly DeviceNotification[];
    }
  | { readonly kind: 'faulted'; readonly code: string; readonly detail: string }
  | {
      readonly kind: 'lost';
      readonly code: string;
      readonly detail: string;
      readonly retryMs: number;
      readonly refusedAtMs: readonly number[];
    }
  | {
      readonly kind: 'snapshot';
      readonly id: number;
      readonly bytes: Uint8Array;
      readonly mediaType: string;
    }
  | { readonly kind: 'noSnapshot'; readonly id: number; readonly detail: string };

/** How often a worker raises its counter, ms. */
export const beatEveryMs = 250;
