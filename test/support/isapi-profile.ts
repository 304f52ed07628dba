/** The shipped ISAPI profile with its drivers' sessions, and cuts of bytes. */
import { readFileSync } from 'node:fs';
import { manifest } from '../../devices/plate-camera-isapi/manifest.ts';
import type { PushSession, SessionOutput, StreamSession } from '../../src/driver-kit/contract.ts';
import type { IsapiProfile } from '../../src/driver-kit/profile/isapi.ts';
import { parseProfile } from '../../src/driver-kit/profile/lint.ts';
import type { FirmwareProfile } from '../../src/driver-kit/profile/schema.ts';
import { repositoryFile } from './repository.ts';

export type IsapiFirmware = FirmwareProfile & { isapi: IsapiProfile };

export function isapiProfile(): IsapiFirmware {
  const file = repositoryFile('firmware-profiles/plate-camera/hikvision-anpr-isapi.json');
  const parsed = parseProfile(JSON.parse(readFileSync(file, 'utf8')));
  if (parsed.kind !== 'profile' || !parsed.profile.isapi) {
    throw new Error(JSON.stringify(parsed));
  }
  return { ...parsed.profile, isapi: parsed.profile.isapi };
}

const usual = { view: 'front' };

export function streamSession(profile: IsapiFirmware, settings: object = usual): StreamSession {
  if (manifest.shape !== 'stream') throw new TypeError('another shape');
  return manifest.session({ profile, settings: { ...settings } });
}

export function pushSession(profile: IsapiFirmware, settings: object = usual): PushSession {
  const push = manifest.instead?.httpPush;
  if (push?.shape !== 'push') throw new TypeError('another shape');
  return push.session({ profile, settings: { ...settings } });
}

export interface Told {
  readonly observations: readonly unknown[];
  readonly faults: readonly string[];
  readonly pictures: readonly string[];
  readonly goodMessages: number;
  readonly hangUp?: string;
}

/** What a stream session tells of these pieces, which all arrive at one moment. */
export function toldBy(
  session: StreamSession,
  pieces: readonly Uint8Array[],
  at = { wallMs: 0, monotonicMs: 1_000 },
): Told {
  const outputs: SessionOutput[] = pieces.map((bytes) =>
    session.received({ bytes, receivedAt: at }),
  );
  const hangUp = outputs.find((output) => output.hangUp)?.hangUp?.code;
  return {
    observations: outputs.flatMap((output) => output.observations),
    faults: outputs.flatMap((output) => output.faults.map(({ code }) => code)),
    pictures: outputs.flatMap((output) =>
      (output.latePictures ?? []).map(
        ({ role, bytes, deviceEventId }) => `${role} ${bytes.length} ${deviceEventId}`,
      ),
    ),
    goodMessages: outputs.reduce((sum, output) => sum + (output.goodMessages ?? 0), 0),
    ...(hangUp !== undefined && { hangUp }),
  };
}

/** The bytes cut at these distances, round and round. */
export function cutUp(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0, i = 0; at < bytes.length; i += 1) {
    const size = Math.max(1, sizes[i % sizes.length] ?? 1);
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}
