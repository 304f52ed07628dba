/** UHF readers on a byte stream, read by profile: polled, or told once to report by themselves. */
import { type DriverManifest, lintAddress, ProfileStreamSession, Type } from 'kakou/driver-kit';

export const manifest: DriverManifest = {
  name: 'rfid-stream',
  kind: 'rfidReader',
  block: 'stream',
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
            'Address of the reader; replies of another address are not taken. 255 asks whoever is there. Absent: the one of the profile.',
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
    'dialogue-broken',
  ],
  staleAfterMs: ({ profile }) => profile.stream?.flow.staleMs ?? 0,
  check: ({ profile, settings }) =>
    profile.stream ? lintAddress(profile.stream, addressIn(settings)) : [],
  session({ profile, settings }) {
    if (!profile.stream) throw new TypeError('rfid-stream needs a profile with a stream block');
    const address = addressIn(settings);
    return new ProfileStreamSession(profile.stream, address === undefined ? {} : { address });
  },
};

function addressIn(settings: Readonly<Record<string, unknown>>): number | undefined {
  const { address } = settings;
  return typeof address === 'number' ? address : undefined;
}
