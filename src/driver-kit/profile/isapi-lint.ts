/** What the schema of an `isapi` block cannot say, and the block's own tests, over the stream and as a post. */

import type { Instant } from '../../core/time.ts';
import type { PushSession, StreamSession } from '../contract.ts';
import type { ProfileFinding } from './finding.ts';
import type { IsapiProfile } from './isapi.ts';

/** Findings of an `isapi` block that has passed its schema. */
export function lintIsapiProfile(block: IsapiProfile): readonly ProfileFinding[] {
  const findings: ProfileFinding[] = [];
  const find = (path: string, message: string, hint: string) =>
    findings.push({ path: `isapi.${path}`, message, hint });
  const lowerCase = (path: string, keys: readonly string[]) => {
    for (const key of keys.filter((each) => each !== each.toLowerCase())) {
      find(path, `"${key}" can never match`, "the camera's word is compared in lower case");
    }
  };
  lowerCase('reading.colours', Object.keys(block.reading.colours));
  lowerCase('reading.directions', Object.keys(block.reading.directions));
  lowerCase('reading.pictures', Object.keys(block.reading.pictures));
  for (const type of block.push.contentTypes) {
    if (type === type.toLowerCase().trim() && !type.includes(';')) continue;
    const hint = 'write types in lower case and without parameters';
    find('push.contentTypes', `"${type}" can never match`, hint);
  }
  block.tests.forEach((test, index) => {
    if (test.cameraTime === undefined || cameraTimeMs(test.cameraTime) !== undefined) return;
    const hint = 'write it as 2026-11-23T06:24:57+08:00';
    find(`tests.${index}.cameraTime`, `"${test.cameraTime}" is no time`, hint);
  });
  return findings;
}

/**
 * Milliseconds since 1970 of a time with its zone; undefined where it is none. Without a zone nobody knows which
 * moment is meant. Some firmware writes the hour of the offset with one digit.
 */
export function cameraTimeMs(text: string | undefined): number | undefined {
  const parts =
    /^\s*(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?)(?:(Z)|([+-])(\d{1,2}):?(\d\d))\s*$/.exec(
      text ?? '',
    );
  if (!parts) return undefined;
  const [, time, utc, sign, hours = '', minutes] = parts;
  const zone = utc ?? `${sign}${hours.padStart(2, '0')}:${minutes}`;
  const ms = Date.parse(`${time}${zone}`);
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}

function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

type Test = IsapiProfile['tests'][number];

interface Heard {
  readonly observations: readonly unknown[];
  readonly faults: readonly unknown[];
}

function provenBy(
  block: IsapiProfile,
  hear: (xml: Uint8Array, at: Instant) => Heard,
): readonly ProfileFinding[] {
  return block.tests.flatMap((test, index) => {
    const { observations, faults } = hear(
      new TextEncoder().encode(test.xml.join('\n')),
      instantOf(block, test),
    );
    const got = { observations, faults: faults.length };
    const expected = { faults: 0, ...test.expect };
    if (sortedJson(got) === sortedJson(expected)) return [];
    return [
      {
        path: `isapi.tests.${index}.expect`,
        message: `"${test.title}": got ${sortedJson(got)}`,
        hint: 'correct the places or the test, whichever the manual contradicts',
      },
    ];
  });
}

/** The gate's clock stands for the camera's, as before the first heartbeat. */
function instantOf({ events }: IsapiProfile, { xml, cameraTime }: Test): Instant {
  const name = events.time[0]?.split('/').at(-1) ?? '';
  const told = new RegExp(`<${name}>([^<]*)<`).exec(xml.join('\n'))?.[1];
  const wallMs = cameraTimeMs(cameraTime) ?? cameraTimeMs(told) ?? 0;
  return { wallMs, monotonicMs: 1_000 };
}

/** Runs a profile's own tests over the stream, each on a fresh session of its driver. */
export function proveIsapiStream(
  block: IsapiProfile,
  makeSession: () => StreamSession,
): readonly ProfileFinding[] {
  return provenBy(block, (xml, at) => {
    const session = makeSession();
    session.opened(at);
    const head = `--boundary\r\nContent-Type: application/xml; charset="UTF-8"\r\nContent-Length: ${xml.length}\r\n\r\n`;
    const bytes = Buffer.concat([Buffer.from(head), xml, Buffer.from('\r\n')]);
    return session.received({ bytes, receivedAt: at });
  });
}

/** The same as the camera posts them. */
export function proveIsapiPush(
  block: IsapiProfile,
  makeSession: () => PushSession,
): readonly ProfileFinding[] {
  return provenBy(block, (xml, receivedAt) => {
    const head =
      '--b\r\nContent-Disposition: form-data; name="anpr.xml";filename="anpr.xml"\r\nContent-Type: application/xml\r\n\r\n';
    const body = Buffer.concat([Buffer.from(head), xml, Buffer.from('\r\n--b--\r\n')]);
    return makeSession().answer({
      method: 'POST',
      path: '/',
      contentType: 'multipart/form-data',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
      body,
      receivedAt,
    });
  });
}
