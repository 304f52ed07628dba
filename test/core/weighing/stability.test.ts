import t from 'tap';
import {
  addToWindow,
  emptyWindow,
  type StabilityRule,
} from '../../../src/core/weighing/stability.ts';

const rule: StabilityRule = { readings: 3, bandKg: 20, minMs: 500, gapMs: 1_500 };

/** States of readings given as `[ms, kg]`. */
function statesOf(readings: readonly (readonly [number, number])[], by = rule): string {
  let window = emptyWindow;
  return readings
    .map(([atMs, weightKg]) => {
      const step = addToWindow(window, { atMs, weightKg }, by);
      window = step.window;
      return step.state[0];
    })
    .join('');
}

t.test('equal readings are stable once they are enough and span the time', async (t) => {
  t.equal(
    statesOf([
      [0, 100],
      [250, 100],
      [500, 100],
    ]),
    'mms',
  );
  t.equal(
    statesOf([
      [0, 100],
      [10, 100],
      [20, 100],
      [30, 100],
    ]),
    'mmmm',
    'too short',
  );
  t.equal(
    statesOf([
      [0, 100],
      [600, 100],
    ]),
    'mm',
    'too few',
  );
  t.equal(
    statesOf([
      [0, 100],
      [0, 100],
      [0, 100],
    ]),
    'mmm',
    'one burst spans no time',
  );
});

t.test('the spread is that of all readings, not of each against the newest', async (t) => {
  t.equal(
    statesOf([
      [0, 100],
      [300, 130],
      [600, 115],
    ]),
    'mmm',
    '100 and 130 lie 30 apart, and 20 are allowed',
  );
  t.equal(
    statesOf([
      [0, 100],
      [300, 115],
      [600, 110],
    ]),
    'mms',
  );
});

t.test('a spread within the band is stable, one beyond it begins anew', async (t) => {
  t.equal(
    statesOf([
      [0, 100],
      [250, 120],
      [500, 100],
    ]),
    'mms',
  );
  t.equal(
    statesOf([
      [0, 100],
      [250, 121],
      [500, 100],
    ]),
    'mmm',
  );
  t.equal(
    statesOf([
      [0, 478.1],
      [250, 498.1],
      [500, 478.1],
    ]),
    'mms',
    'exactly the band, in binary a little more',
  );
  t.equal(
    statesOf([
      [0, 100],
      [250, 115],
      [500, 130],
      [750, 145],
      [1_000, 160],
    ]),
    'mmmmm',
    'a slow creep is not stable though each step is within the band',
  );
  t.equal(
    statesOf([
      [0, 100],
      [250, 100],
      [500, 900],
      [750, 100],
      [1_000, 100],
      [1_250, 100],
    ]),
    'mmmmms',
  );
});

t.test('silence and a clock that goes back break the run', async (t) => {
  t.equal(
    statesOf([
      [0, 100],
      [500, 100],
      [2_001, 100],
      [2_300, 100],
      [2_501, 100],
    ]),
    'mmmms',
  );
  t.equal(
    statesOf([
      [900, 100],
      [1_000, 100],
      [500, 100],
      [700, 100],
      [1_000, 100],
    ]),
    'mmmms',
  );
});

t.test('a long stand stays stable in bounded memory', async (t) => {
  let window = emptyWindow;
  let stable = 0;
  for (let n = 0; n < 10_000; n++) {
    const step = addToWindow(window, { atMs: n * 10, weightKg: 45_320 }, rule);
    window = step.window;
    stable += step.state === 'stable' ? 1 : 0;
  }
  t.equal(stable, 10_000 - 50);
  t.ok(window.points.length <= 64);
});
