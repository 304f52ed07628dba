/** Weighbridge indicators that send their display continuously or on a poll, read by profile. */
import { Type } from '@sinclair/typebox';
import { type DriverManifest, ProfileStreamSession } from 'kakou/driver-kit';

export const manifest: DriverManifest = {
  name: 'weighbridge-stream',
  kind: 'weighbridge',
  shape: 'stream',
  capabilities: ['WeightSource'],
  transports: ['serial', 'tcp'],
  settings: Type.Object({}, { additionalProperties: false }),
  faults: ['frame-garbage', 'frame-checksum', 'frame-guard', 'frame-idle', 'frame-undecodable'],
  staleAfterMs: ({ profile }) => profile.stream?.flow.staleMs ?? 0,
  session({ profile }) {
    if (!profile.stream)
      throw new TypeError('weighbridge-stream needs a profile with a stream block');
    return new ProfileStreamSession(profile.stream);
  },
};
