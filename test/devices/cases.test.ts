/**
 * Recorded wire traffic of serial drivers, one folder per case: `settings.json` names the profile and the
 * site's settings, `wire.hex` has the bytes with the time at which they arrived (`@ms bytes # note`), and
 * `expected.json` what the driver must tell. Each case is replayed with its pieces whole, byte by byte, and in
 * random cuts; all must tell the same. `KAKOU_WRITE_EXPECTED=1` writes what is told now, for a person to judge, where
 * there is no `expected.json` yet: what has been judged is never written over.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import t from 'tap';
import { drivers } from '../../devices/index.ts';
import type { SessionOutput, StreamSession } from '../../src/driver-kit/contract.ts';
import { hexBytes } from '../../src/driver-kit/profile/frame-rules.ts';
import { hexOf } from '../../src/driver-kit/profile/hex.ts';
import { parseProfile } from '../../src/driver-kit/profile/lint.ts';
import { repositoryFile } from '../support/repository.ts';

interface Burst {
  readonly atMs: number;
  readonly bytes: Uint8Array;
}

interface Told {
  readonly observations: readonly Readonly<Record<string, unknown>>[];
  /** Bytes given up by reason. */
  readonly faults: Readonly<Record<string, number>>;
  readonly goodMessages: number;
  readonly sent: readonly string[];
  /** Why the session gave the stream up. */
  readonly hangUp?: string;
}

type Cut = (bytes: Uint8Array) => readonly Uint8Array[];

function burstsOf(text: string): Burst[] {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [, atMs = '', hex = ''] = /^@(\d+)((?: [0-9A-F]{2})*)$/.exec(line) ?? [];
      if (atMs === '') throw new Error(`wire.hex: cannot read "${line}"`);
      return { atMs: Number(atMs), bytes: hexBytes(hex) };
    });
}

/** Plays a case as the supervisor would: ticks at their pace, pieces at their time, then silence. */
function replay(session: StreamSession, bursts: readonly Burst[], cut: Cut): Told {
  const observations: Record<string, unknown>[] = [];
  const faults: Record<string, number> = {};
  const sent: string[] = [];
  let goodMessages = 0;
  let hangUp: string | undefined;
  const note = (atMs: number, output: SessionOutput) => {
    observations.push(...output.observations.map((o) => ({ atMs, ...o })));
    for (const { code, droppedBytes } of output.faults)
      faults[code] = (faults[code] ?? 0) + droppedBytes;
    sent.push(...output.send.map((bytes) => `@${atMs} ${hexOf(bytes)}`));
    goodMessages += output.goodMessages ?? 0;
    if (output.hangUp) hangUp ??= `@${atMs} ${output.hangUp.code}: ${output.hangUp.detail}`;
  };
  const instant = (monotonicMs: number) => ({ wallMs: 0, monotonicMs });
  let tickAtMs = session.tickMs;
  note(0, session.opened(instant(0)));
  const tickUntil = (untilMs: number) => {
    for (; tickAtMs <= untilMs; tickAtMs += session.tickMs)
      note(tickAtMs, session.tick(instant(tickAtMs)));
  };
  for (const { atMs, bytes } of bursts) {
    tickUntil(atMs);
    for (const piece of cut(bytes))
      note(atMs, session.received({ bytes: piece, receivedAt: instant(atMs) }));
  }
  tickUntil((bursts.at(-1)?.atMs ?? 0) + 2 * session.tickMs + 200);
  return { observations, faults, goodMessages, sent, ...(hangUp !== undefined && { hangUp }) };
}

function cutsOf(seed: number): readonly Cut[] {
  const random = (bytes: Uint8Array) => {
    const pieces: Uint8Array[] = [];
    const sizes = fc.sample(fc.integer({ min: 1, max: 9 }), { numRuns: bytes.length || 1, seed });
    for (let at = 0, n = 0; at < bytes.length; n++) {
      const size = sizes[n] ?? 1;
      pieces.push(bytes.slice(at, at + size));
      at += size;
    }
    return pieces;
  };
  return [(bytes) => [bytes], (bytes) => Array.from(bytes, (byte) => Uint8Array.of(byte)), random];
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

async function sessionOf(driver: string, settingsPath: string): Promise<() => StreamSession> {
  const { profile: name, settings } = readJson(settingsPath) as {
    profile: string;
    settings: Record<string, unknown>;
  };
  const manifest = await drivers[driver]?.();
  if (manifest?.shape !== 'stream') throw new Error(`${driver} is no stream driver`);
  const isValid = new Ajv({ strict: false }).compile(manifest.settings);
  if (!isValid(settings)) throw new Error(`${settingsPath}: ${JSON.stringify(isValid.errors)}`);
  const parsed = parseProfile(readJson(repositoryFile(`firmware-profiles/${name}`)));
  if (parsed.kind === 'invalid') throw new Error(JSON.stringify(parsed.findings));
  return () => manifest.session({ profile: parsed.profile, settings });
}

const root = repositoryFile('test/devices');
const folders = readdirSync(root).filter((driver) => existsSync(`${root}/${driver}/cases`));

t.ok(folders.length >= 2, 'the cases are found');

for (const driver of folders) {
  for (const name of readdirSync(`${root}/${driver}/cases`)) {
    t.test(`${driver}: ${name.replaceAll('-', ' ')}`, async (t) => {
      const path = `${root}/${driver}/cases/${name}`;
      const session = await sessionOf(driver, `${path}/settings.json`);
      const bursts = burstsOf(readFileSync(`${path}/wire.hex`, 'utf8'));
      const [whole, byByte] = cutsOf(1);
      if (!whole || !byByte) throw new Error('no cuts');
      const told = replay(session(), bursts, whole);
      if (process.env['KAKOU_WRITE_EXPECTED'] && !existsSync(`${path}/expected.json`))
        writeFileSync(`${path}/expected.json`, `${JSON.stringify(told, null, 2)}\n`);
      t.strictSame(told, readJson(`${path}/expected.json`), 'in whole pieces');
      t.strictSame(replay(session(), bursts, byByte), told, 'byte by byte');
      for (let seed = 1; seed <= 10; seed++) {
        const random = cutsOf(seed)[2] ?? whole;
        t.strictSame(replay(session(), bursts, random), told, `in random cuts, seed ${seed}`);
      }
    });
  }
}
