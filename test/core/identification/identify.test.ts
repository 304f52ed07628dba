import t from 'tap';
import {
  addReading,
  type Evidence,
  type IdentityReading,
  noEvidence,
} from '../../../src/core/identification/evidence.ts';
import { identify } from '../../../src/core/identification/identify.ts';
import type { ContainerSeen, PlateRead } from '../../../src/core/observation.ts';
import { exactly } from '../../support/exactly.ts';

const thresholds = { alone: 0.9, witness: 0.7 };

function read(
  evidence: Evidence,
  observation: IdentityReading,
  deviceId = 'camera-1',
): ReturnType<typeof addReading> {
  const receivedAt = { wallMs: 0, monotonicMs: 0 };
  return addReading(evidence, { deviceId: deviceId as never, receivedAt, observation });
}

/** Evidence of readings that are all taken. */
function of(...readings: readonly IdentityReading[]): Evidence {
  return readings.reduce((evidence, observation) => {
    const admission = read(evidence, observation);
    if (admission.kind === 'dropped') throw new Error(admission.reason);
    return admission.evidence;
  }, noEvidence);
}

function plate(raw: string, confidence?: number, change: Partial<PlateRead> = {}): PlateRead {
  return {
    kind: 'plateRead',
    view: 'front',
    raw,
    replayed: false,
    ...(confidence !== undefined && { confidence }),
    ...change,
  };
}

const boxes = (...containers: readonly ContainerSeen[]): IdentityReading => ({
  kind: 'containerNumberRead',
  replayed: false,
  containers,
});
const seen = (
  raw: string,
  confidence?: number,
  position: ContainerSeen['position'] = 'single',
) => ({
  position,
  raw,
  ...(confidence !== undefined && { confidence }),
});
const identified = (...readings: readonly IdentityReading[]) =>
  identify(of(...readings), thresholds);

t.test(
  'of several readings the more certain stands, and one without certainty stands last',
  async (t) => {
    t.match(identified(plate('粤B11111', 0.5), plate('粤B22222', 0.8)).tractor, {
      text: '粤B22222',
      confidence: 0.8,
    });
    t.match(identified(plate('粤B11111'), plate('粤B22222', 0.1)).tractor, { text: '粤B22222' });
    t.match(identified(plate('粤B11111', 0.5), plate('粤B11111', 0.8)).tractor, {
      confidence: 0.8,
    });
    t.notOk('confidence' in (identified(plate('粤B11111')).tractor ?? {}), 'none is not made up');
  },
);

t.test(
  'credible readings that differ are a conflict; a weak or uncertain one is none',
  async (t) => {
    const conflicts = (...readings: readonly IdentityReading[]) =>
      identified(...readings).conflicts;
    exactly(t, conflicts(plate('粤B11111', 0.95), plate('粤B22222', 0.7)), [
      { kind: 'plates', texts: ['粤B11111', '粤B22222'] },
    ]);
    t.strictSame(conflicts(plate('粤B11111', 0.95), plate('粤B22222', 0.69)), []);
    t.strictSame(conflicts(plate('粤B11111', 0.95), plate('粤B22222')), []);
    t.strictSame(conflicts(plate('粤B11111', 0.95), plate('粤B11111', 0.9)), []);

    const [a, b] = ['CSQU3054383', 'CBHU3202732'];
    exactly(t, conflicts(boxes(seen(a, 0.95)), boxes(seen(b, 0.8))), [
      { kind: 'containers', position: 'single', texts: [a, b] },
    ]);
    t.strictSame(conflicts(boxes(seen(a, 0.95)), boxes(seen(b, 0.3))), []);
    t.strictSame(conflicts(boxes(seen(a, 0.95)), boxes(seen(b))), []);
    t.strictSame(conflicts(boxes(seen(a, 0.95, 'front'), seen(b, 0.95, 'rear'))), []);
    t.equal(conflicts(boxes(seen(a, 0.9, 'front')), boxes(seen(b, 0.9, 'front'))).length, 1);
  },
);

t.test('a trailer is not its tractor', async (t) => {
  const rig = identified(plate('粤B11111', 0.8), plate('粤B2222挂', 0.97, { view: 'rear' }));
  t.match(rig, { tractor: { text: '粤B11111' }, trailer: { text: '粤B2222挂' } });
  t.strictSame(rig.conflicts, []);
  t.notOk('tractor' in identified(plate('粤B2222挂', 0.97)));
});

t.test(
  'boxes whose place is not told are kept apart, and what is no number stays visible',
  async (t) => {
    const two = identified(
      boxes(seen('CSQU3054383', 0.9, 'unknown'), seen('CBHU3202732', 0.9, 'unknown')),
    );
    exactly(t, two.containers, [{ number: 'CSQU3054383' }, { number: 'CBHU3202732' }]);
    t.strictSame(two.conflicts, []);
    exactly(t, identified(boxes(seen('CSQU3054384', 0.99))).containers, [
      { fault: 'nonconforming' },
    ]);
    exactly(t, identified(boxes(seen('CSQU30', 0.99))).containers, [{ fault: 'malformed' }]);
    exactly(t, identified(boxes(seen('', 0.99))).containers, [{ fault: 'empty' }]);
    t.equal(identified(boxes()).containerCapture, 'captured', 'seen that there is none');
    t.equal(identified(plate('粤B11111')).containerCapture, 'none', 'not seen at all');
  },
);

t.test('history, repeats and what is too much are turned away by name', async (t) => {
  const first = plate('粤B11111', 0.95, { deviceEventId: 'e1' });
  const has = of(first);
  t.match(read(has, plate('粤B22222', 0.99, { replayed: true })), { reason: 'replayed' });
  t.match(read(has, { ...first, confidence: 0.99 }), { reason: 'duplicate' });
  t.match(read(has, first, 'camera-2'), { kind: 'admitted' }, 'an id belongs to its device');
  t.match(read(has, plate('粤B11111', 0.9)), { kind: 'admitted' }, 'no id is no repeat');
  t.match(read(noEvidence, { ...boxes(), replayed: true } as IdentityReading), {
    reason: 'replayed',
  });

  const tag = (n: number): IdentityReading => ({ kind: 'tagRead', tag: `E2${n}` as never });
  t.match(read(of(tag(1)), tag(1)), { reason: 'duplicate' });
  const many = Array.from({ length: 16 }, (_, i) => i);
  t.match(read(of(...many.map(tag)), tag(99)), { reason: 'overflow' });
  t.match(read(of(...many.map(() => plate('粤B11111'))), plate('粤B22222')), {
    reason: 'overflow',
  });
  t.match(read(of(...many.map(() => boxes())), boxes()), { reason: 'overflow' });
});
