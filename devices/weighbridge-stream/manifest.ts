/** Weighbridge indicators that send their display continuously or on a poll, read by profile. */
import { type DriverManifest, ProfileStreamSession, Type } from 'kakou/driver-kit';

export const manifest: DriverManifest = {
  name: 'weighbridge-stream',
  kind: 'weighbridge',
  shape: 'stream',
  capabilities: ['WeightSource'],
  transports: ['serial', 'tcp'],
  settings: Type.Object(
    {
      divisionKg: Type.Optional(
        Type.Number({
          exclusiveMinimum: 0,
          maximum: 1_000,
          description:
            'Scale division d in kg, as on the type plate: readings within one d count as equal. Absent: the band of the profile.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  faults: ['frame-garbage', 'frame-checksum', 'frame-guard', 'frame-idle', 'frame-undecodable'],
  staleAfterMs: ({ profile }) => profile.stream?.flow.staleMs ?? 0,
  session({ profile, settings }) {
    if (!profile.stream)
      throw new TypeError('weighbridge-stream needs a profile with a stream block');
    const divisionKg = settings['divisionKg'];
    return new ProfileStreamSession(
      profile.stream,
      typeof divisionKg === 'number' ? { divisionKg } : {},
    );
  },
};
