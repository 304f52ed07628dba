/** What the schema of an `onvif` block cannot say, and the block's own tests. */
import type { NotificationSession } from '../contract.ts';
import { dateTimeMs, resolvedTopics } from '../onvif-message.ts';
import type { ProfileFinding } from './finding.ts';
import type { OnvifProfile } from './onvif.ts';

/** Findings of an `onvif` block that has passed its schema. */
export function lintOnvifProfile(block: OnvifProfile): readonly ProfileFinding[] {
  const findings: ProfileFinding[] = [];
  const { pull } = block.service;
  if (pull.lifetimeS < 3 * pull.timeoutS) {
    findings.push({
      path: 'onvif.service.pull.lifetimeS',
      message: `a subscription of ${pull.lifetimeS} s ends between two fetches of ${pull.timeoutS} s`,
      hint: 'let it last at least three times the fetch',
    });
  }
  const usedPrefixes = [...block.topics, ...placesOf(block)]
    .flatMap((text) => text.split('/'))
    .flatMap((step) => (step.includes(':') ? [step.slice(0, step.indexOf(':'))] : []));
  for (const prefix of new Set(usedPrefixes)) {
    if (Object.hasOwn(block.namespaces, prefix)) continue;
    findings.push({
      path: 'onvif.namespaces',
      message: `prefix "${prefix}" is used and not declared`,
      hint: 'name its URI: the camera may use another prefix for it',
    });
  }
  const topics = resolvedTopics(block);
  if (new Set(topics).size !== topics.length) {
    findings.push({
      path: 'onvif.topics',
      message: 'a topic is there twice',
      hint: 'remove one of them',
    });
  }
  block.tests.forEach((test, index) => {
    if (test.cameraTime === undefined || dateTimeMs(test.cameraTime) !== undefined) return;
    findings.push({
      path: `onvif.tests.${index}.cameraTime`,
      message: `"${test.cameraTime}" is no time`,
      hint: 'write it as 2026-11-23T06:24:57Z',
    });
  });
  return findings;
}

function placesOf({ reading }: OnvifProfile): readonly string[] {
  const {
    text,
    confidence = [],
    colour = [],
    country = [],
    eventId = [],
    live,
    pictures,
  } = reading;
  const inPictures = pictures.flatMap(({ at }) => at);
  return [
    ...text,
    ...confidence,
    ...colour,
    ...country,
    ...eventId.flat(),
    ...(live?.at ?? []),
    ...inPictures,
  ];
}

function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

/** Runs a profile's own tests, each on a fresh session of its driver. */
export function proveOnvifProfile(
  block: OnvifProfile,
  makeSession: () => NotificationSession,
): readonly ProfileFinding[] {
  return block.tests.flatMap((test, index) => {
    const text = test.xml.join('\n');
    const own = dateTimeMs(/\bUtcTime="([^"]*)"/.exec(text)?.[1]);
    const deviceTimeMs = dateTimeMs(test.cameraTime) ?? own;
    const output = makeSession().notified({
      text,
      receivedAt: { wallMs: 0, monotonicMs: 0 },
      heldMsMax: 0,
      ...(deviceTimeMs !== undefined && { deviceTimeMs }),
    });
    const got = {
      observations: output.observations,
      faults: output.faults.length,
      pictures: output.pictures?.length ?? 0,
    };
    const expected = { faults: 0, pictures: 0, ...test.expect };
    if (sortedJson(got) === sortedJson(expected)) return [];
    return [
      {
        path: `onvif.tests.${index}.expect`,
        message: `"${test.title}": got ${sortedJson(got)}`,
        hint: 'correct the places or the test, whichever the manual contradicts',
      },
    ];
  });
}
