/**
 * Emulated devices, written from the frame tables, against the profiles, written from the same tables by another
 * way: what one shows the other must tell, and damage costs its own frame and tells nothing.
 */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { EmulatedReader } from '../../devices/rfid-stream/emulated-reader.ts';
import { protocols, type ReaderFamily } from '../../devices/rfid-stream/protocols.ts';
import { EmulatedIndicator } from '../../devices/weighbridge-stream/emulator.ts';
import { encoders, type IndicatorFamily } from '../../devices/weighbridge-stream/encoders.ts';
import type { DeviceId } from '../../src/core/identity.ts';
import type { Observation, TagRead, WeightReading } from '../../src/core/observation.ts';
import { addWeightReading, emptyWeighing } from '../../src/core/weighing/weighing.ts';
import type { FrameFault } from '../../src/driver-kit/contract.ts';
import { ProfileStreamSession } from '../../src/driver-kit/profile/interpreter.ts';
import { parseProfile } from '../../src/driver-kit/profile/lint.ts';
import type { StreamProfile } from '../../src/driver-kit/profile/stream.ts';
import { SeededRandom } from '../../src/simulation/seeded-random.ts';
import { repositoryFile } from '../support/repository.ts';

const indicatorProfiles: Readonly<Record<IndicatorFamily, string>> = {
  yaohuaContinuous: 'yaohua-xk3190-continuous',
  yaohuaCommand: 'yaohua-xk3190-command',
  equalsReversed: 'yaohua-xk3190-equals-reversed',
  equalsForward: 'yaohua-xk3190-equals-forward',
  yaohuaA12e: 'yaohua-xk3190-a12e',
  toledoWithChecksum: 'mettler-toledo-continuous-checksum',
  toledo: 'mettler-toledo-continuous',
  hengtian9800: 'hengtian-9800',
  mtSics: 'mettler-toledo-mt-sics',
  csvLine: 'generic-csv-line',
  rinstrumFmt1: 'rinstrum-fmt1',
  rinstrumFmt2: 'rinstrum-fmt2',
  rinstrumFmt3: 'rinstrum-fmt3',
  sma: 'sma',
  riceLake: 'rice-lake-stream',
};
const readerProfiles: Readonly<Record<ReaderFamily, string>> = {
  yrm100: 'yrm100',
  swCt: 'sw-ct-5300',
  r2000: 'r2000-a0',
  m6e: 'thingmagic-m6e',
};

/** Protocols whose frame says that there is too much or too little on the platform. */
const tellsRange = (family: IndicatorFamily) =>
  !['yaohuaContinuous', 'yaohuaCommand', 'equalsReversed', 'equalsForward'].includes(family);
/** Protocols that have no sign, or whose table does not say where it stands. */
const tellsSign = (family: IndicatorFamily) => family !== 'yaohuaA12e';

function streamOf(name: string): StreamProfile {
  const parsed = parseProfile(
    JSON.parse(readFileSync(repositoryFile(`firmware-profiles/${name}.json`), 'utf8')),
  );
  if (parsed.kind !== 'profile' || !parsed.profile.stream) throw new Error(name);
  return parsed.profile.stream;
}

interface Machine {
  received(bytes: Uint8Array, nowMs: number): readonly Uint8Array[];
  tick(nowMs: number): readonly Uint8Array[];
}

/** A line with a machine at one end and a profile at the other, on a clock of its own. */
class Line {
  readonly #session: ProfileStreamSession;
  readonly #machine: Machine;
  readonly #random: SeededRandom;
  nowMs = 0;
  readonly observations: Observation[] = [];
  readonly faults: FrameFault[] = [];

  constructor(profile: StreamProfile, machine: Machine, seed = 1) {
    this.#session = new ProfileStreamSession(profile);
    this.#machine = machine;
    this.#random = new SeededRandom(seed);
    this.#deliver(this.#session.opened(this.#now()).send);
  }

  run(ms: number): void {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs; this.nowMs += 10) {
      this.#bytes(this.#machine.tick(this.nowMs));
      const told = this.#session.tick(this.#now());
      this.observations.push(...told.observations);
      this.faults.push(...told.faults);
      this.#deliver(told.send);
    }
  }

  /** What was told since the last time. */
  taken(): { readonly weights: readonly WeightReading[]; readonly tags: readonly TagRead[] } {
    const told = this.observations.splice(0);
    return {
      weights: told.filter((o) => o.kind === 'weightReading'),
      tags: told.filter((o) => o.kind === 'tagRead'),
    };
  }

  #now() {
    return { wallMs: 0, monotonicMs: this.nowMs };
  }

  #deliver(send: readonly Uint8Array[]): void {
    for (const bytes of send) this.#bytes(this.#machine.received(bytes, this.nowMs));
  }

  /** Each message arrives in one to three pieces. */
  #bytes(messages: readonly Uint8Array[]): void {
    for (const message of messages) {
      const cut = this.#random.integer(message.length);
      for (const bytes of [message.subarray(0, cut), message.subarray(cut)]) {
        if (bytes.length === 0) continue;
        const told = this.#session.received({ bytes, receivedAt: this.#now() });
        this.observations.push(...told.observations);
        this.faults.push(...told.faults);
      }
    }
  }
}

const outcomeOf = (readings: readonly WeightReading[], vehicleWeightKgMin = 500) =>
  readings.reduce(
    (weighing, observation) =>
      addWeightReading(
        weighing,
        { deviceId: 'scale' as DeviceId, receivedAt: { wallMs: 0, monotonicMs: 0 }, observation },
        { vehicleWeightKgMin },
      ),
    emptyWeighing,
  ).outcome;

for (const family of Object.keys(encoders) as IndicatorFamily[]) {
  const profile = streamOf(`weighbridge/${indicatorProfiles[family]}`);

  t.test(
    `${family}: what the indicator shows is told, and it is moving until it rests`,
    async (t) => {
      const indicator = new EmulatedIndicator(family);
      const line = new Line(profile, indicator);
      line.run(2_000);
      t.match(line.taken().weights.at(-1), { weightKg: 0, condition: 'ok' });
      indicator.show(31_240);
      line.run(400);
      const rolling = line.taken().weights;
      t.ok(rolling.some(({ weightKg }) => weightKg === 31_240));
      t.ok(
        rolling.every(({ weightKg, stability }) => weightKg === 0 || stability.state === 'moving'),
      );
      t.equal(outcomeOf(rolling).kind, 'noWeight', 'a rolling truck has no weight');
      line.run(3_000);
      t.match(outcomeOf(line.taken().weights), { kind: 'weighed', weightKg: 31_240 });
      t.strictSame(line.faults, []);
    },
  );

  t.test(`${family}: zero, less than zero and out of range are no weight`, async (t) => {
    for (const shown of [0, -120, 'overload', 'underload', 'error'] as const) {
      const indicator = new EmulatedIndicator(family);
      const line = new Line(profile, indicator);
      indicator.show(31_240);
      line.run(3_000);
      t.equal(outcomeOf(line.taken().weights).kind, 'weighed');
      indicator.show(shown);
      line.run(3_000);
      const { weights } = line.taken();
      t.ok(
        weights.every(
          ({ condition, weightKg }) =>
            condition !== 'ok' || weightKg === shown || weightKg === 31_240,
        ),
      );
      t.ok(weights.length > 0, 'the weight before does not stand');
      t.equal(outcomeOf(weights, 0).kind, 'noWeight', `${shown} is no weight`);
      if (
        typeof shown === 'string' &&
        tellsRange(family) &&
        !(
          shown === 'error' &&
          ['toledo', 'toledoWithChecksum', 'hengtian9800', 'yaohuaA12e', 'csvLine'].includes(family)
        )
      )
        t.equal(
          weights.at(-1)?.condition,
          family === 'hengtian9800' && shown === 'underload' ? 'overload' : shown,
        );
      if (shown === -120 && tellsSign(family)) t.equal(weights.at(-1)?.weightKg, -120);
    }
  });

  t.test(`${family}: decimals of the display are kept`, async (t) => {
    for (const [decimals, shown] of [
      [1, 498.5],
      [2, 20.25],
      [3, 4.139],
    ] as const) {
      const indicator = new EmulatedIndicator(family, { decimals });
      indicator.show(shown);
      const line = new Line(profile, indicator);
      line.run(1_000);
      t.equal(line.taken().weights.at(-1)?.weightKg, shown, `${decimals} decimals`);
    }
  });

  t.test(`${family}: damage costs its own frame and never makes another weight`, async (t) => {
    const random = new SeededRandom(7);
    const indicator = new EmulatedIndicator(family, { settleMs: 0 });
    const line = new Line(profile, indicator);
    indicator.show(31_240);
    line.run(2_000);
    line.taken();
    const isChecked = profile.frames.every(({ check }) => check !== undefined);
    const damages = ['checksum', 'truncated', 'garbage', 'digit', 'silence'] as const;
    for (let n = 0; n < 40; n++) {
      indicator.damageNext(random.pick(damages));
      line.run(800 + 10 * random.integer(30));
    }
    const { weights } = line.taken();
    t.ok(weights.length >= 40, 'the good frames are read');
    for (const { weightKg, stability } of weights) {
      if (weightKg === 31_240) continue;
      t.notOk(isChecked, 'a frame with a wrong check tells nothing');
      t.equal(stability.state, 'moving', 'a lone frame without a check is never stable');
    }
    t.ok(line.faults.length > 0);
    line.run(2_000);
    t.match(outcomeOf(line.taken().weights), { kind: 'weighed', weightKg: 31_240 });
  });
}

t.test('gross and net are told apart where the frame says it', async (t) => {
  for (const family of Object.keys(encoders) as IndicatorFamily[]) {
    const profile = streamOf(`weighbridge/${indicatorProfiles[family]}`);
    const tells = profile.frames.some(({ weight }) => typeof weight?.basis === 'object');
    const indicator = new EmulatedIndicator(family);
    indicator.show(14_000);
    const line = new Line(profile, indicator);
    line.run(2_000);
    t.equal(line.taken().weights.at(-1)?.basis, tells ? 'gross' : 'displayed', family);
    if (!tells || family === 'yaohuaCommand') continue;
    indicator.switchTo('net');
    line.run(2_000);
    t.equal(line.taken().weights.at(-1)?.basis, 'net', family);
  }
});

const epcs = ['E2806894000050000000001A', 'E28068940000507E00BB0002'];

for (const family of Object.keys(protocols) as ReaderFamily[]) {
  const profile = streamOf(`rfid-reader/${readerProfiles[family]}`);

  t.test(`${family}: tags in the field are read, an empty field is a good answer`, async (t) => {
    const reader = new EmulatedReader(family);
    const line = new Line(profile, reader);
    line.run(4_000);
    t.strictSame(line.taken().tags, [], 'an empty field tells nothing');
    t.strictSame(line.faults, [], 'and is no fault');
    reader.field(epcs);
    line.run(1_000);
    const { tags } = line.taken();
    const seen = [...new Set(tags.map(({ tag }) => tag as string))];
    t.strictSame(seen, family === 'yrm100' ? epcs.slice(0, 1) : epcs);
    if (family === 'yrm100' || family === 'm6e') t.ok(tags.every(({ rssiDbm }) => rssiDbm === -55));
    t.strictSame(line.faults, []);
  });

  t.test(`${family}: damage costs its own answer and makes no other tag`, async (t) => {
    const random = new SeededRandom(3);
    const reader = new EmulatedReader(family);
    reader.field(epcs);
    const line = new Line(profile, reader);
    line.run(4_000);
    t.ok(line.taken().tags.length > 0);
    const damages = ['checksum', 'truncated', 'silence'] as const;
    for (let n = 0; n < 30; n++) {
      reader.damageNext(random.pick(damages));
      line.run(2_000 + 10 * random.integer(50));
    }
    const { tags } = line.taken();
    t.ok(tags.length > 30);
    t.ok(tags.every(({ tag }) => epcs.includes(tag)));
    t.ok(line.faults.length > 0);
  });
}

t.test('a reader that lost its power is told everything again', async (t) => {
  const profile = streamOf('rfid-reader/thingmagic-m6e');
  const reader = new EmulatedReader('m6e');
  const line = new Line(profile, reader);
  reader.field(epcs);
  line.run(4_000);
  t.ok(line.taken().tags.length > 0);
  reader.restart();
  line.run(1_000);
  line.taken();
  line.run(profile.flow.staleMs);
  t.ok(line.taken().tags.length === 0, 'it is silent for the time the profile allows');
  line.run(4_000);
  t.ok(line.taken().tags.length > 0, 'and reads again');
});

t.test('a start dialogue that is not answered is begun anew and counted', async (t) => {
  const profile = streamOf('rfid-reader/thingmagic-m6e');
  const silent = { received: () => [], tick: () => [] };
  const line = new Line(profile, silent);
  line.run(6_000);
  t.match(line.faults, [
    { code: 'dialogue-broken', detail: /step 2/ },
    { code: 'dialogue-broken', detail: /step 2/ },
    { code: 'dialogue-broken', detail: /step 2/ },
  ]);
});

t.test('a reader with a cut antenna cable is not well, where its protocol says so', async (t) => {
  const profile = streamOf('rfid-reader/r2000-a0');
  const reader = new EmulatedReader('r2000');
  reader.breakAntenna(true);
  const line = new Line(profile, reader);
  line.run(1_000);
  t.ok(line.faults.length > 0 && line.faults.every(({ code }) => code === 'device-error'));
});
