/** What a decision takes readings for, beside what is expected: the policy, the plan and two witnesses. */
import t from 'tap';
import type { GatheredFacts } from '../../../src/core/facts.ts';
import { addReading, noEvidence } from '../../../src/core/identification/evidence.ts';
import { identify, platesOf } from '../../../src/core/identification/identify.ts';
import { numbersInQuestion, reconcile } from '../../../src/core/identification/reconcile.ts';
import type { Observation } from '../../../src/core/observation.ts';
import { gathered, transaction, vehicle } from '../../support/facts.ts';

const box = 'CSQU3054383';
const plate = '粤B12345';
const tag = 'E28011700000020D1234';
const both = { plates: true, containers: true };

type Reading = Extract<Observation, { kind: 'plateRead' | 'containerNumberRead' | 'tagRead' }>;

function read(...readings: readonly (readonly [string, Reading])[]) {
  let evidence = noEvidence;
  for (const [deviceId, observation] of readings) {
    const receivedAt = { wallMs: 0, monotonicMs: 0 };
    const admission = addReading(evidence, {
      deviceId: deviceId as never,
      receivedAt,
      observation,
    });
    if (admission.kind === 'admitted') ({ evidence } = admission);
  }
  return identify(evidence, { alone: 0.9, witness: 0.7 });
}

const plateOf = (raw: string, confidence = 0.95): Reading => ({
  kind: 'plateRead',
  view: 'front',
  raw,
  confidence,
  replayed: false,
});
const boxOf = (raw: string): Reading => ({
  kind: 'containerNumberRead',
  replayed: false,
  containers: [{ position: 'single', raw, confidence: 0.9 }],
});
const tagOf = (id: string): Reading => ({ kind: 'tagRead', tag: id as never });

const planned = (change: Partial<GatheredFacts> = {}) =>
  gathered({
    vehicles: [vehicle({ plates: [plate], tags: [tag] })],
    transactions: [
      transaction({ direction: 'in', transactionType: 'exportLocal', plate, containers: [box] }),
    ],
    ...change,
  });

t.test('a box that two cameras misread and that is planned for this truck', async (t) => {
  const seen = read(
    ['plate', plateOf(plate)],
    ['left', boxOf('CSQU3O54383')],
    ['right', boxOf('CSQU305438Z')],
    ['rear', boxOf('CSQU3O543B3')],
  );
  const [understood] = reconcile(seen, planned(), { direction: 'in', repair: both }).containers;
  t.match(understood, {
    number: box,
    raw: 'CSQU3O543B3',
    repair: { rule: 'position', witnesses: ['left', 'rear'] },
    readings: [{ raw: 'CSQU3O54383' }, { raw: 'CSQU305438Z' }, { raw: 'CSQU3O543B3' }],
  });
  t.notOk('fault' in (understood ?? {}));
  t.ok(numbersInQuestion(seen, both).includes(box as never), 'and its facts are asked for');
  t.strictSame(numbersInQuestion(seen, { plates: true, containers: false }), []);
  t.strictSame(numbersInQuestion(seen, undefined), []);
});

t.test(
  'it stays misread without the policy, the plan, the truck or the second camera',
  async (t) => {
    const misread = [
      ['left', boxOf('CSQU3O54383')],
      ['right', boxOf('CSQU3O54383')],
    ] as const;
    const seen = read(['plate', plateOf(plate)], ...misread);
    const stays = (
      how: string,
      identification = seen,
      facts = planned(),
      repair: { plates: boolean; containers: boolean } | undefined = both,
    ) =>
      t.match(
        reconcile(identification, facts, { direction: 'in', repair }).containers,
        [{ fault: 'malformed', number: undefined }],
        how,
      );
    t.match(reconcile(seen, planned(), { direction: 'in', repair: both }).containers, [
      { number: box },
    ]);
    stays('the policy says nothing', seen, planned(), { plates: true, containers: false });
    stays('nothing is planned', seen, planned({ transactions: [] }));
    const ofOther = transaction({
      direction: 'in',
      transactionType: 'exportLocal',
      plate: '粤B99999',
      containers: [box],
    });
    stays('it is planned for another truck', seen, planned({ transactions: [ofOther] }));
    stays('the truck is not known', read(...misread));
    stays('one camera', read(['plate', plateOf(plate)], ['left', boxOf('CSQU3O54383')]));
    const out = transaction({
      direction: 'out',
      transactionType: 'importLocal',
      plate,
      containers: [box],
    });
    stays('it is planned for the way out', seen, planned({ transactions: [out] }));
  },
);

t.test('a plate next to that of the vehicle whose tag was read and that is expected', async (t) => {
  const repaired = (identification = read(['p', plateOf('粤B1234S')], ['r', tagOf(tag)])) =>
    reconcile(identification, planned(), { direction: 'in', repair: both }).tractor;
  t.match(repaired(), { text: plate, repairedFrom: '粤B1234S', raw: '粤B1234S' });
  t.match(repaired(read(['p', plateOf('粤B1234O')], ['r', tagOf(tag)])), undefined);
  const unreadable = read(['p', plateOf('粤B1234I')], ['r', tagOf(tag)]);
  t.match(
    reconcile(
      unreadable,
      planned({
        vehicles: [vehicle({ plates: ['粤B12341'], tags: [tag] })],
        transactions: [
          transaction({
            direction: 'in',
            transactionType: 'bobtail',
            plate: '粤B12341',
            containers: [],
          }),
        ],
      }),
      { direction: 'in', repair: both },
    ).tractor,
    { text: '粤B12341', repairedFrom: '粤B1234I' },
    'one that has no form of a plate',
  );
});

t.test(
  'a plate stays misread without tag, plan or policy, or where anything is open',
  async (t) => {
    const misread = ['p', plateOf('粤B1234S')] as const;
    const withTag = read(misread, ['r', tagOf(tag)]);
    const textOf = (
      identification = withTag,
      facts = planned(),
      repair: { plates: boolean; containers: boolean } | undefined = both,
    ) => reconcile(identification, facts, { direction: 'in', repair }).tractor?.text;
    t.equal(textOf(), plate);
    t.equal(textOf(read(misread)), '粤B1234S', 'no tag');
    t.equal(textOf(withTag, planned({ transactions: [] })), '粤B1234S', 'not expected');
    t.equal(textOf(withTag, planned(), { plates: false, containers: true }), '粤B1234S');
    const other = 'E28011700000020D9999';
    const twoVehicles = planned({
      vehicles: [
        vehicle({ plates: [plate], tags: [tag] }),
        vehicle({ plates: ['粤B1234B'], tags: [other] }),
      ],
    });
    t.equal(
      textOf(read(misread, ['r', tagOf(tag)], ['r', tagOf(other)]), twoVehicles),
      '粤B1234S',
      'two vehicles are heard',
    );
    t.equal(
      textOf({ ...withTag, suspectTags: withTag.tags }),
      '粤B1234S',
      'the next lane hears the tag',
    );
    const neighbours = planned({
      vehicles: [
        vehicle({ plates: [plate], tags: [tag] }),
        vehicle({ plates: ['粤B1234S'], tags: [] }),
      ],
    });
    t.equal(
      textOf(withTag, neighbours),
      '粤B1234S',
      'what was read is a registered plate: the tag was moved',
    );
    const conflict = read(misread, ['q', plateOf('粤C77777')], ['r', tagOf(tag)]);
    t.ok(conflict.conflicts.length > 0);
    t.not(textOf(conflict), plate, 'cameras contradict each other');
  },
);

t.test('a cross-border truck has a plate of each place, and they do not contradict', async (t) => {
  const seen = read(
    ['p', plateOf('粤ZF023港')],
    ['q', plateOf('WX1234', 0.99)],
    ['q', { ...plateOf('MA1234'), colour: 'black' } as Reading],
  );
  t.strictSame(platesOf(seen), ['粤ZF023港', 'WX1234', 'MA1234']);
  t.equal(seen.tractor?.text, '粤ZF023港', 'known by that of the mainland');
  t.strictSame(seen.conflicts, []);
  const two = read(['p', plateOf('WX1234')], ['q', plateOf('WX1235')]);
  t.match(two.conflicts, [{ kind: 'plates', texts: ['WX1234', 'WX1235'] }]);
});
