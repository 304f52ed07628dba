import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { drivers } from '../../devices/index.ts';
import { UhfReader } from '../../devices/rfid-stream/emulator.ts';
import { YaohuaIndicator } from '../../devices/weighbridge-stream/emulator.ts';
import type { DriverManifest } from '../../src/driver-kit/contract.ts';
import { ProfileStreamSession } from '../../src/driver-kit/profile/interpreter.ts';
import { parseProfile } from '../../src/driver-kit/profile/lint.ts';
import type { FirmwareProfile } from '../../src/driver-kit/profile/schema.ts';
import { hear } from '../../src/driver-kit/profile/stream-proof.ts';
import { repositoryFile } from '../support/repository.ts';

function profiles(): [string, FirmwareProfile][] {
  const root = repositoryFile('firmware-profiles');
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((n) =>
    /\/.*\.json$/.test(n),
  );
  return names.map((name) => {
    const parsed = parseProfile(JSON.parse(readFileSync(`${root}/${name}`, 'utf8')));
    if (parsed.kind === 'invalid')
      throw new Error(`${name}: ${JSON.stringify(parsed.findings, null, 1)}`);
    return [name, parsed.profile];
  });
}

async function manifestOf(profile: FirmwareProfile): Promise<DriverManifest> {
  const load = drivers[profile.driver];
  if (!load) throw new Error(`no driver ${profile.driver}`);
  return load();
}

function profileNamed(name: string): FirmwareProfile {
  const found = profiles().find(([n]) => n === name);
  if (!found) throw new Error(name);
  return found[1];
}

t.test('every profile passes its own frames, whole, joined and cut at each byte', async (t) => {
  const all = profiles();
  t.ok(all.filter(([name]) => name.startsWith('weighbridge/')).length >= 10);
  t.ok(all.filter(([name]) => name.startsWith('rfid-reader/')).length >= 5);
  for (const [name, profile] of all) {
    const manifest = await manifestOf(profile);
    t.equal(manifest.kind, profile.kind, name);
    t.equal(
      profile.experimental,
      profile.provenance.some((p) => p.level === 'belief'),
      `${name}: a belief makes a profile experimental`,
    );
  }
});

t.test('a profile whose frames do not hold is refused with the frame named', async (t) => {
  const good = profileNamed('weighbridge/yaohua-xk3190-continuous.json');
  const wrong = structuredClone(good) as { stream: { tests: { weightsKg?: string[] }[] } };
  const test = wrong.stream.tests[1];
  if (test) test.weightsKg = ['1561'];
  const parsed = parseProfile(wrong);
  t.match(parsed, {
    kind: 'invalid',
    findings: [{ path: '/stream/tests/1', message: /car, whole: told/ }],
  });
  t.match(parseProfile({ schema: 'kakou.profile/1' }), { kind: 'invalid' });
});

t.test(
  'the indicator of another hand is read: damage costs its own frame and no other',
  async (t) => {
    const { stream } = profileNamed('weighbridge/yaohua-xk3190-continuous.json');
    if (!stream) throw new Error('no stream');
    const indicator = new YaohuaIndicator(100);
    const pieces: Uint8Array[] = [];
    const shown = [0, 45_320, -120, 45_320, 7, 999_999];
    shown.forEach((weightKg, i) => {
      indicator.show(weightKg);
      if (i === 2) indicator.damageNext('checksum');
      if (i === 3) indicator.damageNext('garbage');
      if (i === 4) indicator.damageNext('truncated');
      pieces.push(...indicator.tick(i * 100));
    });
    const heard = hear(stream, pieces);
    t.strictSame(
      heard.observations.map((o) => (o.kind === 'weightReading' ? o.weightKg : undefined)),
      [0, 45_320, 45_320, 999_999],
    );
    t.ok(heard.faults.some((f) => f.code === 'frame-checksum'));
    t.ok(heard.faults.reduce((n, f) => n + f.droppedBytes, 0) >= 12);
  },
);

t.test('stability is inferred from equal readings over time and labelled so', async (t) => {
  const { stream } = profileNamed('weighbridge/yaohua-xk3190-continuous.json');
  if (!stream) throw new Error('no stream');
  const session = new ProfileStreamSession(stream);
  const indicator = new YaohuaIndicator(100);
  const states: string[] = [];
  for (let ms = 0; ms <= 3_000; ms += 100) {
    indicator.show(ms < 1_000 ? 30_000 + ms : 31_240);
    for (const bytes of indicator.tick(ms)) {
      for (const o of session.received({ bytes, receivedAt: { wallMs: ms, monotonicMs: ms } })
        .observations) {
        if (o.kind === 'weightReading') states.push(`${o.stability.source} ${o.stability.state}`);
      }
    }
  }
  t.ok(states.slice(0, 17).every((s) => s === 'inferred moving'));
  t.equal(states.at(-1), 'inferred stable');
});

t.test('the reader of another hand answers our poll, also with many tags', async (t) => {
  const { stream } = profileNamed('rfid-reader/uhfreader288.json');
  if (!stream) throw new Error('no stream');
  const session = new ProfileStreamSession(stream);
  const reader = new UhfReader();
  const epcs = Array.from({ length: 9 }, (_, i) => `E2806894000050${String(i).padStart(10, '0')}`);
  const answer = (polls: readonly Uint8Array[], monotonicMs: number) =>
    polls
      .flatMap((poll) => reader.received(poll))
      .flatMap(
        (bytes) => session.received({ bytes, receivedAt: { wallMs: 0, monotonicMs } }).observations,
      );
  const opened = session.opened({ wallMs: 0, monotonicMs: 0 });
  t.strictSame(answer(opened.send, 50), [], 'an empty field tells nothing');
  reader.field(epcs);
  t.strictSame(
    answer(session.tick({ wallMs: 0, monotonicMs: 400 }).send, 450).map((o) =>
      o.kind === 'tagRead' ? o.tag : '',
    ),
    epcs,
  );
});
