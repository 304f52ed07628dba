/** Hikvision plate cameras by ISAPI: kakou asks for the stream of alerts, or the camera posts them. */
import {
  type DriverManifest,
  type IsapiProfile,
  lintIsapiProfile,
  type SessionOptions,
  type ShapedManifest,
} from 'kakou/driver-kit';
import { AlertPushSession } from './push-session.ts';
import { IsapiCameraSettings } from './settings.ts';
import { AlertStreamSession } from './stream-session.ts';

function blockOf({ profile }: SessionOptions): IsapiProfile {
  if (profile.isapi) return profile.isapi;
  throw new TypeError(
    `profile ${profile.make} ${profile.model} has no "isapi" block, which driver plate-camera-isapi needs`,
  );
}

const settingsOf = ({ settings }: SessionOptions) => settings as unknown as IsapiCameraSettings;

const common = {
  name: 'plate-camera-isapi',
  kind: 'plateCamera',
  block: 'isapi',
  capabilities: ['PlateSource'],
  settings: IsapiCameraSettings,
  check: (options: SessionOptions) => lintIsapiProfile(blockOf(options)),
} as const;

const push: ShapedManifest = {
  ...common,
  shape: 'push',
  transports: ['httpPush'],
  faults: ['body-malformed', 'xml-refused', 'notification-malformed', 'notification-clock'],
  staleAfterMs: (options) => settingsOf(options).staleAfterMs ?? blockOf(options).push.staleAfterMs,
  session: (options) => new AlertPushSession(blockOf(options), settingsOf(options)),
};

export const manifest: DriverManifest = {
  ...common,
  shape: 'stream',
  transports: ['isapi', 'httpPush'],
  faults: [
    'multipart-malformed',
    'alert-stream-ended',
    'alert-stream-flooded',
    'alert-stream-silent',
    'xml-refused',
    'notification-malformed',
    'notification-clock',
  ],
  staleAfterMs: (options) => settingsOf(options).staleAfterMs ?? blockOf(options).stream.silenceMs,
  session: (options) => new AlertStreamSession(blockOf(options), settingsOf(options)),
  instead: { httpPush: push },
};
