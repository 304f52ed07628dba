import t from 'tap';
import { causeOfFate, pilotPlan } from '../../src/simulation/pilot/pilot-plan.ts';
import { runPilot } from '../../src/simulation/pilot/run-pilot.ts';

t.test('a tenth of the pilot: no trip is unaccounted, and no cause is named wrongly', async (t) => {
  const result = await runPilot(0.1, 3);
  t.match(result, { unaccounted: 0, falselyOpen: 0, falselyComplete: 0 });
  t.match(result, { refusals: 0, yardFailures: 0, residuals: 0 });
  t.ok(result.complete > 10);
  const named = result.tripCauses.filter(({ cause }) => cause !== 'undetermined');
  t.ok(named.length > 0);
  t.strictSame(
    named.filter(({ reported, right }) => reported !== right),
    [],
  );
  t.equal(
    new Set(Object.values(causeOfFate)).size,
    13,
    'never-entered and undetermined apart, all are done',
  );
});

t.test('at a hundred times its size every truck, trailer and box is its own', async (t) => {
  const { visits, neverEntered } = pilotPlan(100, 1);
  const trailers = visits.flatMap(({ trailer }) => trailer ?? []);
  const boxes = visits.flatMap(({ containers }) => containers);
  const plates = [...visits, ...neverEntered].map(({ plate }) => plate);
  t.ok(plates.length > 249_000 && trailers.length === 21_700 && boxes.length > 100_000);
  for (const names of [plates, trailers, boxes]) t.equal(new Set(names).size, names.length);
});
