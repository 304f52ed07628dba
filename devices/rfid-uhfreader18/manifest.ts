/** UHF readers of the UHFReader18 and 288 families: inventory is polled, tags come in replies. */
import { Type } from '@sinclair/typebox';
import { type DriverManifest, ProfileStreamSession } from 'kakou/driver-kit';

export const manifest: DriverManifest = {
  name: 'rfid-uhfreader18',
  kind: 'rfidReader',
  shape: 'stream',
  capabilities: ['TagSource'],
  transports: ['serial', 'tcp'],
  settings: Type.Object({}, { additionalProperties: false }),
  faults: ['frame-garbage', 'frame-checksum', 'frame-guard', 'frame-idle', 'frame-undecodable'],
  staleAfterMs: ({ profile }) => profile.stream?.flow.staleMs ?? 0,
  session({ profile }) {
    if (!profile.stream)
      throw new TypeError('rfid-uhfreader18 needs a profile with a stream block');
    return new ProfileStreamSession(profile.stream);
  },
};
