import t from 'tap';
import {
  type CaptureLoss,
  emptyStation,
  readAtStation,
  type StationSettings,
  type StationState,
  type StationStep,
  stationDeviceLost,
  stationTick,
  takeCapture,
  weighAtStation,
} from '../../../src/core/gate/station.ts';
import type { IdentityReading } from '../../../src/core/identification/evidence.ts';
import { noonMs } from '../../support/facts.ts';

const portal: StationSettings = {
  stationId: 'portal-1' as never,
  quietMs: 3_000,
  ageMsMax: 600_000,
  weighs: false,
  vehicleWeightKgMin: 1_000,
};
const bridge: StationSettings = { ...portal, stationId: 'bridge-1' as never, weighs: true };

const plateOf = (raw: string, view: 'front' | 'rear' = 'front'): IdentityReading => ({
  kind: 'plateRead',
  view,
  raw,
  confidence: 0.96,
  replayed: false,
});
const boxOf = (raw: string): IdentityReading => ({
  kind: 'containerNumberRead',
  containers: [{ position: 'single', raw, confidence: 0.95 }],
  replayed: false,
});
const tagOf = (tag: string): IdentityReading => ({ kind: 'tagRead', tag: tag as never });

class Station {
  state: StationState = emptyStation;
  taken = 0;
  readonly lost: CaptureLoss[] = [];
  #nowMs = 1_000;
  #ids = 0;
  readonly #settings: StationSettings;

  constructor(settings: StationSettings) {
    this.#settings = settings;
  }

  #input() {
    this.#ids += 1;
    const now = { wallMs: noonMs + this.#nowMs, monotonicMs: this.#nowMs };
    return { id: `c${this.#ids}`, now, settings: this.#settings };
  }

  #keep({ state, taken, lost }: StationStep): this {
    this.state = state;
    this.taken += taken.length;
    this.lost.push(...lost.map(({ because }) => because));
    return this;
  }

  read(...readings: readonly IdentityReading[]): this {
    for (const observation of readings) {
      const input = this.#input();
      const observed = { deviceId: 'camera' as never, receivedAt: input.now, observation };
      this.#keep(readAtStation(this.state, observed, input));
    }
    return this;
  }

  weigh(weightKg: number, state: 'stable' | 'moving' = 'stable'): this {
    const input = this.#input();
    const observation = {
      kind: 'weightReading' as const,
      weightKg,
      basis: 'displayed' as const,
      stability: { state, source: 'indicator' as const },
      condition: 'ok' as const,
    };
    const observed = { deviceId: 'bridge' as never, receivedAt: input.now, observation };
    return this.#keep(weighAtStation(this.state, observed, input));
  }

  pass(ms: number): this {
    this.#nowMs += ms;
    return this.#keep(stationTick(this.state, this.#input()));
  }

  boxesOf(plates: readonly string[], tags: readonly string[] = []): readonly string[] | undefined {
    const { state, found, lost } = takeCapture(this.state, { plates, tags });
    this.state = state;
    this.lost.push(...lost.map(({ because }) => because));
    return found?.capture.evidence.containers.flatMap(({ observation }) =>
      observation.containers.map(({ raw }) => raw),
    );
  }
}

const a = { plate: '粤B12345', box: 'CSQU3054383', tag: 'E2806894000050000000000A' };
const b = { plate: '粤B67890', box: 'CBHU3202732', tag: 'E2806894000050000000000B' };

t.test('captures find their trucks by plate, in whatever order these come', async (t) => {
  const station = new Station(portal);
  station.read(plateOf(a.plate), boxOf(a.box)).pass(4_000);
  station.read(plateOf(b.plate), boxOf(b.box)).pass(4_000);
  t.equal(station.taken, 2);
  t.strictSame(station.boxesOf([b.plate]), [b.box]);
  t.strictSame(station.boxesOf([a.plate]), [a.box]);
  t.equal(station.boxesOf([a.plate]), undefined, 'a capture is given once');
});

t.test('until it is quiet a capture is not whole', async (t) => {
  const station = new Station(portal).read(plateOf(a.plate));
  t.equal(station.pass(3_000).boxesOf([a.plate]), undefined);
  t.strictSame(station.read(boxOf(a.box)).pass(3_001).boxesOf([a.plate]), [a.box]);
});

t.test('two trucks in one capture are nobody', async (t) => {
  const station = new Station(portal).read(plateOf(a.plate), boxOf(a.box), plateOf(b.plate));
  station.pass(4_000);
  t.strictSame(station.lost, ['ambiguous']);
  t.equal(station.boxesOf([a.plate]), undefined);
  const tags = new Station(portal).read(tagOf(a.tag), boxOf(a.box), tagOf(b.tag)).pass(4_000);
  t.strictSame(tags.lost, ['ambiguous'], 'two tags without a plate');
});

t.test('a tractor, its trailer and a plate of Hong Kong are one truck', async (t) => {
  const rig = [plateOf('粤ZA123港'), plateOf('粤B6789挂', 'rear'), boxOf(a.box)];
  const station = new Station(portal).read(...rig, plateOf('AB1234')).pass(4_000);
  t.strictSame(station.lost, []);
  t.equal(station.boxesOf(['粤B6789挂']), undefined, 'a trailer is not known by its plate');
  t.strictSame(station.boxesOf(['粤ZA123港']), [a.box]);
});

t.test('a capture without plate or tag joins nobody', async (t) => {
  const station = new Station(portal).read(boxOf(a.box)).pass(4_000);
  t.strictSame(station.lost, ['nameless']);
});

t.test('a tag joins only where no plate speaks against it, and it is the only tag', async (t) => {
  const one = new Station(portal).read(tagOf(a.tag), boxOf(a.box)).pass(4_000);
  t.strictSame(one.boxesOf([a.plate], [a.tag]), [a.box]);
  const other = new Station(portal).read(plateOf(b.plate), tagOf(a.tag), boxOf(b.box)).pass(4_000);
  t.equal(other.boxesOf([a.plate], [a.tag]), undefined, 'the plates differ');
  t.strictSame(other.boxesOf([], [a.tag]), [b.box]);
  const two = new Station(portal).read(plateOf(a.plate), tagOf(a.tag), tagOf(b.tag)).pass(4_000);
  t.equal(two.boxesOf([], [b.tag]), undefined, 'the second tag may be that of the next truck');
});

t.test('the newest capture of a truck stands, and an old one is none', async (t) => {
  const station = new Station(portal).read(plateOf(a.plate), boxOf(b.box)).pass(4_000);
  station.read(plateOf(a.plate), boxOf(a.box)).pass(4_000);
  t.strictSame(station.boxesOf([a.plate]), [a.box]);
  t.strictSame(station.lost, ['superseded']);
  station.read(plateOf(a.plate), boxOf(a.box)).pass(4_000);
  station.pass(596_000);
  t.strictSame(station.lost, ['superseded']);
  station.pass(1);
  t.strictSame(station.lost, ['superseded', 'expired']);
  t.equal(station.boxesOf([a.plate]), undefined);
});

t.test('so many captures wait and no more', async (t) => {
  const station = new Station({ ...portal, ageMsMax: 86_400_000 });
  for (let n = 0; n < 65; n += 1) station.read(plateOf(`粤B1${1_000 + n}`)).pass(4_000);
  t.strictSame(station.lost, ['overflow']);
  t.equal(station.boxesOf(['粤B11000']), undefined, 'the oldest went');
  t.strictSame(station.boxesOf(['粤B11001']), []);
});

t.test('a platform serves one vehicle, from its weight until it is empty', async (t) => {
  const station = new Station(bridge).weigh(40).read(plateOf(a.plate));
  for (const kg of [8_000, 24_000]) station.weigh(kg, 'moving').pass(1_000);
  station.weigh(31_240).pass(1_000).weigh(31_240).pass(2_900).weigh(31_240);
  t.equal(station.taken, 0, 'it still stands there');
  station.weigh(60);
  t.equal(station.taken, 1);
  const { found } = takeCapture(station.state, { plates: [a.plate], tags: [] });
  const { outcome } = found?.capture.evidence.weighing ?? {};
  t.match(outcome, { kind: 'weighed', weightKg: 31_240, zeroKg: 40 });
});

t.test('who was never on the platform has no weight, and a second truck spoils it', async (t) => {
  const passedBy = new Station(bridge).read(plateOf(a.plate)).pass(4_000);
  t.strictSame(passedBy.lost, ['unweighed']);
  const two = new Station(bridge).read(plateOf(a.plate)).weigh(31_240).read(plateOf(b.plate));
  two.weigh(0);
  t.strictSame(two.lost, ['ambiguous']);
});

t.test('a platform that fell silent has weighed nobody', async (t) => {
  const station = new Station(bridge).read(plateOf(a.plate)).weigh(31_240);
  station.state = stationDeviceLost(station.state, 'bridge' as never);
  station.pass(4_000);
  const { found } = takeCapture(station.state, { plates: [a.plate], tags: [] });
  t.match(found?.capture.evidence.weighing.outcome, { kind: 'noWeight' });
});
