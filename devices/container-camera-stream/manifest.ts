/** Container-number cameras and portals that write lines of text, over TCP or a serial port, read by profile. */
import { type DriverManifest, ProfileStreamSession, Type } from 'kakou/driver-kit';

export const manifest: DriverManifest = {
  name: 'container-camera-stream',
  kind: 'containerCamera',
  block: 'stream',
  shape: 'stream',
  capabilities: ['ContainerNumberSource'],
  transports: ['tcp', 'serial'],
  settings: Type.Object(
    {
      staleAfterMs: Type.Optional(
        Type.Integer({
          minimum: 1_000,
          maximum: 86_400_000,
          description:
            'Milliseconds without a good line after which the camera counts as silent. Absent: those of the profile.',
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
    'frame-too-long',
    'frame-undecodable',
    'device-error',
  ],
  staleAfterMs: ({ profile, settings }) =>
    typeof settings['staleAfterMs'] === 'number'
      ? settings['staleAfterMs']
      : (profile.stream?.flow.staleMs ?? 0),
  check: ({ profile }) =>
    profile.stream?.frames.some(({ containers }) => containers)
      ? []
      : [
          {
            path: 'profile',
            message: 'no frame of the profile tells containers',
            hint: 'give a frame rule the member containers, or name another profile',
          },
        ],
  session({ profile }) {
    if (!profile.stream) {
      throw new TypeError('container-camera-stream needs a profile with a stream block');
    }
    return new ProfileStreamSession(profile.stream);
  },
};
