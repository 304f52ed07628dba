/** What may be told of an input that nobody vouches for: only what stands there, and within limits. */
import type { Observation } from '../../src/core/observation.ts';
import { demand } from './family.ts';

const latestMs = 8.64e15;

/** A reading of a camera. `stands`: whether a text is in what was read. */
export function judgeReading(told: Observation, stands: (text: string) => boolean): void {
  demand(
    told.kind === 'plateRead' || told.kind === 'containerNumberRead',
    `a camera told ${told.kind}`,
  );
  const { capturedAtMs, deviceEventId = '' } = told;
  demand(deviceEventId.length <= 400, 'an id without end');
  const isTime = capturedAtMs === undefined || (capturedAtMs >= 0 && capturedAtMs <= latestMs);
  demand(isTime, `the time ${capturedAtMs}`);
  for (const { raw, confidence } of told.kind === 'plateRead' ? [told] : told.containers) {
    demand(raw.length <= 32, `a text of ${raw.length} characters`);
    demand(stands(raw), `"${raw}" was told and does not stand there`);
    const isShare = confidence === undefined || (confidence >= 0 && confidence <= 1);
    demand(isShare, `certainty ${confidence}`);
  }
  if (told.kind === 'containerNumberRead') demand(told.containers.length <= 16, 'many containers');
}

/**
 * Whether a text stands in XML or JSON, as far as can be seen without reading it: escapes and entities may stand
 * for anything, and an element or a comment inside a text is left out of it.
 */
export function standsIn(whole: string): (text: string) => boolean {
  return (text) =>
    text === '' ||
    whole.includes(text) ||
    /[&\\]/.test(whole) ||
    withoutMarks(whole).includes(text);
}

function withoutMarks(xml: string): string {
  return xml
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/<!\[CDATA\[|\]\]>/g, '')
    .replace(/<[^>]*>/g, '');
}

const pictureHeads = [
  [0xff, 0xd8, 0xff],
  [0x89, 0x50, 0x4e, 0x47],
];

export function judgePicture({ bytes }: { readonly bytes: Uint8Array }): void {
  const isPicture = pictureHeads.some((head) => head.every((byte, i) => bytes[i] === byte));
  demand(isPicture, 'a picture was taken that is none');
}
