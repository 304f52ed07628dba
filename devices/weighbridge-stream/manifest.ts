/** Weighbridge indicators that send their display continuously or on a poll, read by profile. */
import {
  type DriverManifest,
  lintAddress,
  ProfileStreamSession,
  type StreamSettings,
  Type,
} from 'kakou/driver-kit';

export const manifest: DriverManifest = {
  name: 'weighbridge-stream',
  kind: 'weighbridge',
  block: 'stream',
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
      address: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 255,
          description:
            'Address of the indicator where its protocol has one; Yaohua indicators have 1 to 26. Absent: the one of the profile.',
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
    profile.stream ? lintAddress(profile.stream, streamSettings(settings).address) : [],
  session({ profile, settings }) {
    if (!profile.stream)
      throw new TypeError('weighbridge-stream needs a profile with a stream block');
    return new ProfileStreamSession(profile.stream, streamSettings(settings));
  },
};

function streamSettings(settings: Readonly<Record<string, unknown>>): StreamSettings {
  const { divisionKg, address } = settings;
  return {
    ...(typeof divisionKg === 'number' && { divisionKg }),
    ...(typeof address === 'number' && { address }),
  };
}
