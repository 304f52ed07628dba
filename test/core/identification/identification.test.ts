import t from 'tap';
import {
  addReading,
  type Evidence,
  type IdentityReading,
  noEvidence,
} from '../../../src/core/identification/evidence.ts';
import { identify } from '../../../src/core/identification/identify.ts';
import type { ContainerSeen, ObservedAt, PlateRead } from '../../../src/core/observation.ts';
import { none } from '../../support/exactly.ts';

const thresholds = { alone: 0.9, witness: 0.7 };

function seen<R extends IdentityReading>(observation: R, deviceId = 'camera'): ObservedAt<R> {
  return {
    deviceId: deviceId as never,
    receivedAt: { wallMs: 0, monotonicMs: 0 },
    observation,
  };
}

const plateRead = (raw: string, change: Partial<PlateRead> = {}): PlateRead => ({
  kind: 'plateRead',
  view: 'front',
  raw,
  replayed: false,
  ...change,
});

function capture(
  containers: readonly ContainerSeen[],
  change: { deviceEventId?: string; replayed?: boolean } = {},
) {
  return { kind: 'containerNumberRead' as const, containers, replayed: false, ...change };
}

/** Evidence of readings told one after another, each of which must have been taken. */
function told(...readings: readonly ObservedAt<IdentityReading>[]): Evidence {
  return readings.reduce<Evidence>((evidence, reading) => {
    const admission = addReading(evidence, reading);
    if (admission.kind === 'dropped') throw new Error(`dropped: ${admission.reason}`);
    return admission.evidence;
  }, noEvidence);
}

const plates = (...reads: readonly PlateRead[]) =>
  identify(told(...reads.map((read, i) => seen(read, `camera-${i}`))), thresholds);

t.test('readings that may not count are turned away with their reason', async (t) => {
  const replayedPlate = seen(plateRead('粤B12345', { replayed: true }));
  t.strictSame(addReading(noEvidence, replayedPlate), { kind: 'dropped', reason: 'replayed' });
  t.strictSame(addReading(noEvidence, seen(capture([], { replayed: true }))), {
    kind: 'dropped',
    reason: 'replayed',
  });
  const first = seen(plateRead('粤B12345', { deviceEventId: 'e1' }), 'a');
  const once = told(first);
  t.strictSame(addReading(once, first), { kind: 'dropped', reason: 'duplicate' });
  t.equal(
    addReading(once, seen(plateRead('粤B12345', { deviceEventId: 'e1' }), 'b')).kind,
    'admitted',
    'the same event id of another camera is another event',
  );
  t.equal(
    addReading(told(seen(plateRead('粤B12345'))), seen(plateRead('粤B12345'))).kind,
    'admitted',
    'a reading without an id is never a duplicate',
  );
});

t.test('readings of one vehicle are bounded', async (t) => {
  const many = (make: (i: number) => IdentityReading) =>
    told(...Array.from({ length: 16 }, (_, i) => seen(make(i))));
  const overflow = { kind: 'dropped', reason: 'overflow' };
  const tag = (i: number) => ({ kind: 'tagRead' as const, tag: `E2${i}` as never });
  t.strictSame(
    addReading(
      many(() => plateRead('粤B12345')),
      seen(plateRead('粤B1')),
    ),
    overflow,
  );
  t.strictSame(
    addReading(
      many(() => capture([])),
      seen(capture([])),
    ),
    overflow,
  );
  t.strictSame(addReading(many(tag), seen(tag(99))), overflow);
  t.strictSame(addReading(many(tag), seen(tag(3))), { kind: 'dropped', reason: 'duplicate' });
});

t.test(
  'cameras that agree make one plate with the better certainty and every witness',
  async (t) => {
    const { tractor, conflicts } = plates(
      plateRead('粤B·12345', { confidence: 0.72 }),
      plateRead('粤b12345', { confidence: 0.91, colour: 'yellow' }),
      plateRead('粤B12345'),
    );
    t.strictSame(tractor, {
      text: '粤B12345',
      raw: '粤b12345',
      colour: 'yellow',
      jurisdiction: 'mainland',
      confidence: 0.91,
      deviceIds: ['camera-0', 'camera-1', 'camera-2'],
    });
    t.strictSame(conflicts, []);
  },
);

t.test('a certainty nobody gave is unknown, never full', async (t) => {
  t.notOk('confidence' in (plates(plateRead('粤B12345')).tractor ?? {}));
  const { tractor } = plates(plateRead('粤B11111'), plateRead('粤B22222', { confidence: 0.1 }));
  t.equal(tractor?.text, '粤B22222', 'a plate without a certainty stands behind one with any');
});

t.test(
  'two credible plates that differ are a conflict; a weak one beside a good one is not',
  async (t) => {
    t.strictSame(
      plates(
        plateRead('粤B11111', { confidence: 0.71 }),
        plateRead('粤B22222', { confidence: 0.99 }),
      ).conflicts,
      [{ kind: 'plates', texts: ['粤B22222', '粤B11111'] }],
    );
    t.strictSame(
      plates(
        plateRead('粤B11111', { confidence: 0.69 }),
        plateRead('粤B22222', { confidence: 0.99 }),
      ).conflicts,
      [],
    );
  },
);

t.test('tractor in front and trailer behind differ as they should', async (t) => {
  const rig = plates(
    plateRead('粤B12345', { confidence: 0.95 }),
    plateRead('粤B6789挂', { view: 'rear', confidence: 0.93 }),
  );
  t.match(rig, { tractor: { text: '粤B12345' }, trailer: { text: '粤B6789挂' }, conflicts: none });
  t.strictSame(
    plates(
      plateRead('粤B6789挂', { confidence: 0.93 }),
      plateRead('粤B6780挂', { confidence: 0.92 }),
    ).conflicts,
    [{ kind: 'plates', texts: ['粤B6789挂', '粤B6780挂'] }],
  );
});

t.test('what is no plate is told as read; what saw no plate tells nothing', async (t) => {
  const { tractor, unreadablePlates } = plates(plateRead('粤B1'), plateRead(''), plateRead('_无_'));
  t.equal(tractor, undefined);
  t.strictSame(unreadablePlates, ['粤B1']);
});

const boxes = (...captures: readonly (readonly ContainerSeen[])[]) =>
  identify(told(...captures.map((containers) => seen(capture(containers)))), thresholds);
const good = { position: 'front', raw: 'CSQU3054383', confidence: 0.95 } as const;

t.test('no capture is not the same as a capture that saw no container', async (t) => {
  t.equal(identify(noEvidence, thresholds).containerCapture, 'none');
  t.match(boxes([]), { containerCapture: 'captured', containers: none });
});

t.test('a number is taken with its place; what is none says why', async (t) => {
  t.match(
    boxes([
      { ...good, raw: 'csqu 305438-3', isoType: '22G1' },
      { position: 'rear', raw: 'CBHU3202733' },
    ]).containers,
    [
      { position: 'front', raw: 'csqu 305438-3', number: 'CSQU3054383', isoType: '22G1' },
      { position: 'rear', raw: 'CBHU3202733', fault: 'nonconforming' },
    ],
  );
  t.match(boxes([{ ...good, raw: 'CSQU30' }]).containers, [{ fault: 'malformed', raw: 'CSQU30' }]);
  t.match(boxes([{ ...good, raw: '' }]).containers, [{ fault: 'empty' }]);
});

t.test('of several captures of one place a valid number stands before what is none', async (t) => {
  const { containers, conflicts } = boxes(
    [{ ...good, raw: 'CSQU3054384', confidence: 0.99 }],
    [{ ...good, confidence: 0.4 }],
  );
  t.match(containers, [{ number: 'CSQU3054383' }]);
  t.strictSame(conflicts, []);
  t.match(
    boxes([{ ...good, raw: 'XXXX' }], [{ ...good, raw: 'YYYY' }]).containers,
    [{ raw: 'YYYY', fault: 'malformed' }],
    'where nothing is valid the newest reading is shown',
  );
});

t.test('two credible numbers at one place are a conflict', async (t) => {
  const other = { ...good, raw: 'CBHU3202732' };
  t.strictSame(boxes([good], [other]).conflicts, [
    { kind: 'containers', position: 'front', texts: ['CSQU3054383', 'CBHU3202732'] },
  ]);
  t.strictSame(boxes([good], [{ ...other, confidence: 0.69 }]).conflicts, []);
});

t.test('boxes without a place are kept apart by their order', async (t) => {
  const { containers, conflicts } = boxes([
    { ...good, position: 'unknown' },
    { position: 'unknown', raw: 'CBHU3202732', confidence: 0.95 },
  ]);
  t.strictSame(
    containers.map(({ number }) => number),
    ['CSQU3054383', 'CBHU3202732'],
  );
  t.strictSame(conflicts, []);
});
