/** Displays that show lines of text to the driver, over TCP or a serial port, by profile. */
import {
  type DisplayProfile,
  type DriverManifest,
  RowContents,
  type SessionOptions,
  Type,
} from 'kakou/driver-kit';
import { DisplaySession, type DisplaySettings } from './driver.ts';

function blockOf({ profile }: SessionOptions): DisplayProfile {
  if (profile.display) return profile.display;
  throw new TypeError(
    `profile ${profile.make} ${profile.model} has no "display" block, which driver display-stream needs`,
  );
}

const settingsOf = ({ settings }: SessionOptions) => settings as DisplaySettings;

export const manifest: DriverManifest = {
  name: 'display-stream',
  kind: 'display',
  block: 'display',
  shape: 'stream',
  capabilities: ['TextDisplay'],
  transports: ['tcp', 'serial'],
  settings: Type.Object(
    {
      address: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 255,
          description: 'Address of the display on its line. Absent: the one of the profile.',
        }),
      ),
      rows: Type.Optional(
        Type.Array(RowContents, {
          minItems: 1,
          maxItems: 8,
          description:
            'What each row shows: the first of its contents that there is. Absent: those of the profile.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  faults: ['notice-unanswered'],
  staleAfterMs: (options) => {
    const { ack, repeatMs } = blockOf(options);
    return ack && repeatMs > 0 ? 3 * (repeatMs + ack.withinMs) : 0;
  },
  check(options) {
    const { rows, frame } = blockOf(options);
    const { rows: chosen, address } = settingsOf(options);
    return [
      ...(chosen && chosen.length > rows.length
        ? [
            {
              path: 'settings.rows',
              message: `${chosen.length} rows, and the display has ${rows.length}`,
              hint: 'leave the last ones out',
            },
          ]
        : []),
      ...(address !== undefined && frame.addressAt === undefined
        ? [
            {
              path: 'settings.address',
              message: 'displays of this profile have no address',
              hint: 'remove it',
            },
          ]
        : []),
    ];
  },
  session: (options) => new DisplaySession(blockOf(options), settingsOf(options)),
};
