/** UHF readers of the UHFReader18 and 288 families: inventory is polled, tags come in replies. */
import { type DriverManifest, ProfileStreamSession, Type } from 'kakou/driver-kit';

export const manifest: DriverManifest = {
  name: 'rfid-stream',
  kind: 'rfidReader',
  shape: 'stream',
  capabilities: ['TagSource'],
  transports: ['serial', 'tcp'],
  settings: Type.Object(
    {
      address: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 255,
          description:
            'Address of the reader; replies of another address are not taken. 255 asks whoever is there. Absent: 0.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  faults: [
    'frame-garbage',
    'frame-checksum',
    'frame-guard',
    'frame-idle',
    'frame-undecodable',
    'device-error',
  ],
  staleAfterMs: ({ profile }) => profile.stream?.flow.staleMs ?? 0,
  session({ profile, settings }) {
    if (!profile.stream) throw new TypeError('rfid-stream needs a profile with a stream block');
    const address = settings['address'];
    return new ProfileStreamSession(profile.stream, typeof address === 'number' ? { address } : {});
  },
};
