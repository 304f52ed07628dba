/** What the schema of a `push` block cannot say, above all that its answer orders nothing; and its own tests. */
import type { PushSession } from '../contract.ts';
import type { ProfileFinding } from './finding.ts';
import type { PushProfile } from './push.ts';

/**
 * Keys by which an answer makes a camera of the Vzenith family act: fire a relay, take a picture, speak,
 * write to its serial port. A barrier moved by such an answer would move without a committed decision.
 */
const orderingKeys = new Set(
  ['ivs_ioctrl', 'gpio_data', 'manualTrigger', 'TriggerImage', 'playserver_json_request'].map(
    (key) => key.toLowerCase(),
  ),
);

function orders(value: unknown, path: string): readonly string[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => orders(item, `${path}.${index}`));
  }
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([key, item]) => {
    const here = `${path}.${key}`;
    const name = key.toLowerCase();
    const opens = name === 'info' && String(item).trim().toLowerCase() !== 'no';
    const writes = name === 'serialdata' && !(Array.isArray(item) && item.length === 0);
    return opens || writes || orderingKeys.has(name) ? [here] : orders(item, here);
  });
}

/** Places in an answer that would make the device act. Empty for an answer that is safe to send. */
export function answerOrders(answer: unknown): readonly string[] {
  return orders(answer, 'answer');
}

/** Findings of a `push` block that has passed its schema. */
export function lintPushProfile(block: PushProfile): readonly ProfileFinding[] {
  const findings: ProfileFinding[] = answerOrders(block.answer).map((path) => ({
    path: `push.${path}`,
    message: 'this answer would make the device act by itself',
    hint: 'the gate opens by decision only: answer info "no" and leave relay, voice and trigger orders out',
  }));
  for (const kind of ['plate', 'containers'] as const) {
    const recognised = block.recognise.some((each) => each.as === kind);
    if (recognised !== (block[kind] !== undefined)) {
      findings.push({
        path: recognised ? `push.${kind}` : 'push.recognise',
        message: `${kind} ${recognised ? 'is recognised and has no field map' : 'has a field map and is never recognised'}`,
        hint: 'give both or neither',
      });
    }
  }
  for (const type of block.unreadContentTypes.filter(
    (each) => !block.contentTypes.includes(each),
  )) {
    findings.push({
      path: 'push.unreadContentTypes',
      message: `"${type}" is not among the accepted content types`,
      hint: 'add it to contentTypes, or it is answered with 415',
    });
  }
  for (const type of block.contentTypes.filter(
    (each) => each !== each.toLowerCase().trim() || each.includes(';'),
  )) {
    findings.push({
      path: 'push.contentTypes',
      message: `"${type}" can never match`,
      hint: 'write types in lower case and without parameters',
    });
  }
  return findings;
}

function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

/** Runs a profile's own tests, each on a fresh session of its driver. */
export function provePushProfile(
  block: PushProfile,
  makeSession: () => PushSession,
): readonly ProfileFinding[] {
  return block.tests.flatMap((test, index) => {
    const text = typeof test.body === 'string' ? test.body : JSON.stringify(test.body);
    const answer = makeSession().answer({
      method: 'POST',
      path: '/',
      contentType: test.contentType ?? 'application/json',
      headers: {},
      body: new TextEncoder().encode(text),
      receivedAt: { wallMs: 0, monotonicMs: 0 },
    });
    const got = {
      status: answer.status,
      observations: answer.observations,
      faults: answer.faults.length,
      pictures: answer.pictures?.length ?? 0,
    };
    const expected = { faults: test.expect.status === 200 ? 0 : 1, pictures: 0, ...test.expect };
    return sortedJson(got) === sortedJson(expected)
      ? []
      : [
          {
            path: `push.tests.${index}.expect`,
            message: `"${test.title}": got ${sortedJson(got)}`,
            hint: 'correct the map or the test, whichever the manual contradicts',
          },
        ];
  });
}
