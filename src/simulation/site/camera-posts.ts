/** What the cameras of a lane or of a portal post about a visitor. */
import { containerPost } from '../../../devices/container-camera-http/emulator.ts';
import { platePost } from '../../../devices/plate-camera-http/emulator.ts';
import type { Visitor } from './lane-road.ts';
import type { SimulatedPush } from './simulated-push.ts';
import { siteWallMs } from './simulated-time.ts';

/** At which place, and when by the site's time, ms. */
interface Seen {
  readonly placeId: string;
  readonly push: SimulatedPush;
  readonly nowMs: number;
}

export function postPlate(
  { passage: { number, plateRead } }: Visitor,
  { placeId, push, nowMs }: Seen,
): void {
  const post = platePost({
    serialNumber: `camera-${placeId}`,
    plateId: number,
    text: plateRead.text,
    colour: 'yellow',
    confidence: plateRead.confidence,
    capturedAtMs: siteWallMs + nowMs,
  });
  push.post(`/devices/${placeId}/plate`, post);
}

export function postContainers(
  { passage: { number, containers } }: Visitor,
  { placeId, push, nowMs }: Seen,
): void {
  const alone = containers.length === 1;
  const post = containerPost({
    lane: placeId,
    passId: `pass-${number}-${nowMs}`,
    capturedAtMs: siteWallMs + nowMs,
    containers: containers.map((text, index) => ({
      position: alone ? 'single' : index === 0 ? 'front' : 'rear',
      number: text,
      isoType: '22G1',
      confidence: 0.97,
    })),
  });
  push.post(`/devices/${placeId}/containers`, post);
}
