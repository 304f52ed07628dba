/** Pictures of a device on their way: hashed before their reading is handed on, so that it can name them. */
import type { Observation, PictureReference } from '../core/observation.ts';
import type { Instant } from '../core/time.ts';
import type { Picture, SessionOutput } from '../driver-kit/contract.ts';
import type { DeviceHeart } from './device.ts';

/** The reading that pictures belong to. */
export interface PicturedReading {
  readonly readingAt: Instant;
  readonly deviceEventId?: string;
}

type PictureReading = Extract<Observation, { kind: 'plateRead' | 'containerNumberRead' }>;

const isPictureReading = (observation: Observation): observation is PictureReading =>
  observation.kind === 'plateRead' || observation.kind === 'containerNumberRead';

export function readingOf({ observations }: SessionOutput, readingAt: Instant): PicturedReading {
  const deviceEventId = observations.find(isPictureReading)?.deviceEventId;
  return { readingAt, ...(deviceEventId !== undefined && { deviceEventId }) };
}

/** What a session answered, with its pictures taken and named by its reading. */
export function withPictures<Output extends SessionOutput & { pictures?: readonly Picture[] }>(
  heart: DeviceHeart,
  output: Output,
  receivedAt: Instant,
): Output {
  const reading = output.observations.find(isPictureReading);
  const origin = { ...readingOf(output, receivedAt), receivedAt };
  const pictures = takePictures(heart, output.pictures ?? [], origin);
  if (!reading || pictures.length === 0) return output;
  const observations = output.observations.map((each) =>
    each === reading ? { ...reading, pictures } : each,
  );
  return { ...output, observations };
}

/** References of what will be stored; refusals are faults of the device. */
export function takePictures(
  heart: DeviceHeart,
  pictures: readonly Picture[],
  origin: PicturedReading & { readonly receivedAt: Instant },
): readonly PictureReference[] {
  const { keepPictures } = heart.ports;
  if (!keepPictures || pictures.length === 0) return [];
  const { deviceId, laneId } = heart.settings;
  const taken = heart.guarded(() => keepPictures({ ...origin, deviceId, laneId }, pictures));
  for (const { code, detail } of taken?.refusals ?? []) heart.faulted(code, detail);
  return taken?.references ?? [];
}
