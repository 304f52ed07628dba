import t from 'tap';
import { mixedFaults, parseFaults } from '../../src/simulation/site/faults.ts';
import { type SimulationOptions, simulate } from '../../src/simulation/site/simulate.ts';
import { loadSite } from '../../src/simulation/site/site-config.ts';

const loaded = await loadSite();
const all = parseFaults('all');
if (typeof all === 'string') throw new Error(all);

const run = (options: SimulationOptions) => simulate(loaded, options);

t.test('the same seed gives the same log, byte for byte', async (t) => {
  for (const seed of [3, 4]) {
    const options = { seed, passages: 4, faults: all };
    const [first, second] = [await run(options), await run(options)];
    t.equal(first.log.join('\n'), second.log.join('\n'), `seed ${seed}`);
    t.equal(first.digest, second.digest);
  }
  const other = await run({ seed: 5, passages: 4, faults: all });
  t.not(other.digest, (await run({ seed: 6, passages: 4, faults: all })).digest);
});

t.test('where nothing goes wrong every truck ends as it was meant to', async (t) => {
  const { findings, outcomes, runs } = await run({ seed: 2, passages: 12, faults: [] });
  t.strictSame(findings, []);
  t.ok((outcomes['passed'] ?? 0) >= 8, JSON.stringify(outcomes));
  t.equal(runs, 1);
});

t.test('the daemon may end at any commit and any write', async (t) => {
  const options = { seed: 1, passages: 1, faults: [] };
  const { places } = await run(options);
  t.ok(places > 150, `${places} places`);
  for (let endsAt = 1; endsAt <= places; endsAt += 7) {
    const { findings, runs } = await run({ ...options, endsAt });
    t.strictSame(findings, [], `npx kakou simulate --passages 1 --faults none --ends-at ${endsAt}`);
    t.equal(runs, 2);
  }
});

t.test('every fault shows in what happens', async (t) => {
  const shows: Readonly<Record<string, readonly RegExp[]>> = {
    devices: [/trouble 0/, /trouble 1/, /trouble 2/],
    driving: [/tailgates/, /close$/, /backsOut/, /raised by hand/],
    feed: [/silent for/, /feed\.gap/],
    revocations: [/race proof/, /race hold/],
    broker: [/broker away/],
    orders: [/ordered drain: done/, /ordered holdOpen: done/, /"evacuated"/, /key for/],
    disk: [/disk fails/, /the disk is lost/],
    crash: [/ends at beforeCommit$/, /ends at afterCommit$/, /ends at write$/],
    power: [/ends at \w+ with the machine/],
    clock: [/clock -?\d+ ms ahead/],
    readings: [/plate-missing|plate-unread|container-missing|capture/],
    tags: [/tag/],
    twice: [/#10\d\d\d /],
    platform: [
      /platform asked/,
      /"why":"late"/,
      /"why":"second"/,
      /"why":"unknownNumber"/,
      /platform-silent/,
    ],
  };
  for (const fault of all) {
    const seen = new Set<RegExp>();
    const wanted = shows[fault] ?? [];
    for (let seed = 1; seed <= 6 && seen.size < wanted.length; seed += 1) {
      const { log } = await run({ seed, passages: 8, faults: [fault] });
      for (const what of wanted) if (log.some((line) => what.test(line))) seen.add(what);
    }
    t.strictSame(
      wanted.filter((what) => !seen.has(what)),
      [],
      fault,
    );
  }
});

t.test('a list of faults is read, and a wrong name is told with those there are', async (t) => {
  t.strictSame(parseFaults('none'), []);
  t.strictSame(parseFaults('disk, crash'), ['disk', 'crash']);
  t.match(parseFaults('disc'), /there is no fault "disc"; there are: all, none, readings/);
  t.strictSame(mixedFaults(11), mixedFaults(11));
});
