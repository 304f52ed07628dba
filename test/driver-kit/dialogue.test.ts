import { readFileSync } from 'node:fs';
import t from 'tap';
import { manifest as weighbridge } from '../../devices/weighbridge-stream/manifest.ts';
import type { SessionOutput } from '../../src/driver-kit/contract.ts';
import { hexBytes } from '../../src/driver-kit/profile/frame-rules.ts';
import { hexOf } from '../../src/driver-kit/profile/hex.ts';
import { ProfileStreamSession } from '../../src/driver-kit/profile/interpreter.ts';
import { parseProfile } from '../../src/driver-kit/profile/lint.ts';
import type { FirmwareProfile } from '../../src/driver-kit/profile/schema.ts';
import { repositoryFile } from '../support/repository.ts';

function profileNamed(name: string): FirmwareProfile {
  const parsed = parseProfile(
    JSON.parse(readFileSync(repositoryFile(`firmware-profiles/${name}.json`), 'utf8')),
  );
  if (parsed.kind !== 'profile') throw new Error(name);
  return parsed.profile;
}

const command = profileNamed('weighbridge/yaohua-xk3190-command');
const at = (monotonicMs: number) => ({ wallMs: 0, monotonicMs });

function sessionOf({ stream }: FirmwareProfile, address?: number): ProfileStreamSession {
  if (!stream) throw new Error('no stream');
  return new ProfileStreamSession(stream, address === undefined ? {} : { address });
}

const kgOf = (outputs: readonly SessionOutput[]) =>
  outputs.flatMap(({ observations }) =>
    observations.flatMap((o) => (o.kind === 'weightReading' ? [o.weightKg] : [])),
  );
const droppedBy = (outputs: readonly SessionOutput[]) =>
  outputs.flatMap(({ faults }) => faults).reduce((n, fault) => n + fault.droppedBytes, 0);

const request = hexBytes('02 41 42 30 33 03');
const reply = hexBytes('02 41 42 2B 30 34 35 33 32 30 30 31 38 03');

/** Everything a fresh session told of these bytes, given one at a time, and then of silence. */
function hear(bytes: Uint8Array, size: number): SessionOutput[] {
  const session = sessionOf(command);
  t.strictSame(session.opened(at(0)).send, [request]);
  const outputs: SessionOutput[] = [];
  for (let from = 0; from < bytes.length; from += size)
    outputs.push(
      session.received({ bytes: bytes.subarray(from, from + size), receivedAt: at(10) }),
    );
  return [...outputs, session.tick(at(400))];
}

t.test('an echo before the reply is dropped, however it is cut, and is no fault', async (t) => {
  for (const size of [1, 2, 3, 5, 7, 20]) {
    const outputs = hear(Uint8Array.of(...request, ...reply), size);
    t.strictSame(kgOf(outputs), [45_320], `in pieces of ${size}`);
    t.equal(droppedBy(outputs), 0);
  }
});

t.test('a reply that begins like its request is not taken for an echo', async (t) => {
  for (const size of [1, 2, 3, 5, 20]) {
    const outputs = hear(reply, size);
    t.strictSame(kgOf(outputs), [45_320], `in pieces of ${size}`);
    t.equal(droppedBy(outputs), 0);
  }
});

t.test('an echo alone is no sign of life, and half of one is given up as what it is', async (t) => {
  const alone = hear(request, 6);
  t.ok(alone.every(({ goodMessages }) => !goodMessages));
  t.equal(droppedBy(alone), 0);
  const half = hear(request.subarray(0, 4), 4);
  t.strictSame(kgOf(half), []);
  t.equal(droppedBy(half), 4);
  const twice = hear(Uint8Array.of(...request, ...request, ...reply), 4);
  t.strictSame(kgOf(twice), [45_320], 'only one echo is expected');
  t.equal(droppedBy(twice), 6);
});

t.test('the address of the site stands in the poll as a letter, with its check', async (t) => {
  const session = sessionOf(command, 3);
  t.equal(session.opened(at(0)).send.map(hexOf).join(), '024342303103');
  const own = hexBytes('02 43 42 2B 30 34 35 33 32 30 30 31 41 03');
  t.strictSame(kgOf([session.received({ bytes: own, receivedAt: at(10) })]), [45_320]);
  const other = session.received({ bytes: reply, receivedAt: at(20) });
  t.strictSame(kgOf([other]), [], 'another indicator of the line is not ours');
});

t.test('an address that the profile cannot carry is a finding of the configuration', async (t) => {
  const check = (profile: FirmwareProfile, address?: number) =>
    weighbridge.check?.({ profile, settings: address === undefined ? {} : { address } }) ?? [];
  t.strictSame(check(command), []);
  t.strictSame(check(command, 26), []);
  t.match(check(command, 27), [{ path: 'settings.address', message: /27 is no address/ }]);
  t.match(check(profileNamed('weighbridge/yaohua-xk3190-continuous'), 1), [
    { message: /have no address/ },
  ]);
});

t.test('the start dialogue is said step by step, and only then tags are asked for', async (t) => {
  const m6e = profileNamed('rfid-reader/thingmagic-m6e');
  const session = sessionOf(m6e);
  const steps = m6e.stream?.init ?? [];
  const said = session.opened(at(0)).send.map(hexOf);
  t.strictSame(said, [hexOf(hexBytes(steps[0]?.send ?? ''))]);
  t.strictSame(session.tick(at(1_100)).send, [], 'the first step has its time');
  t.equal(session.tick(at(1_200)).send.map(hexOf).join(), hexOf(hexBytes(steps[1]?.send ?? '')));
  session.received({ bytes: hexBytes('FF 00 22 04 00 84 E0'), receivedAt: at(1_210) });
  t.strictSame(session.tick(at(1_300)).send, [], 'another frame is not the answer');
  session.received({ bytes: hexBytes('FF 00 93 00 00 37 1A'), receivedAt: at(1_310) });
  t.equal(session.tick(at(1_400)).send.map(hexOf).join(), hexOf(hexBytes(steps[2]?.send ?? '')));
  const late = session.tick(at(9_000));
  t.match(late.faults, [{ code: 'dialogue-broken', detail: /no answer to step/ }]);
  t.equal(late.send.map(hexOf).join(), said.join(), 'it begins anew');
});
