import { readFileSync } from 'node:fs';
import t from 'tap';
import type { VisitId } from '../../../src/core/identity.ts';
import { type DayCount, reconcileDay } from '../../../src/core/yard/reconcile.ts';
import { registrationTransitions } from '../../../src/core/yard/registration.ts';
import { usualLimits } from '../../../src/core/yard/yard-change.ts';
import { repositoryFile } from '../../support/repository.ts';
import { YardStory } from '../../support/yard-story.ts';

const box = 'CSQU3054383';
const other = 'MSKU1234565';
const rig = {
  plate: '粤B12345',
  trailer: '粤B1234挂',
  containers: [box],
  transactionTypes: ['importTransfer'],
} as const;
const bobtail = { containers: [], transactionTypes: ['bobtail'] } as const;

const answer = (visitId: string, given: 'accepted' | 'rejected') => ({
  kind: 'exit-registration' as const,
  id: `X-${visitId}`,
  visitId,
  plate: rig.plate,
  answer: given,
});

t.test('a trip under transfer is complete when customs has accepted its exit', async (t) => {
  const yard = new YardStory();
  const visit = yard.enter(rig);
  t.strictSame(
    yard.items().map(({ kind, state }) => `${kind} ${state}`),
    ['box onTruck', 'trailer hitched', 'trip under way', 'visit inside'],
  );
  yard.pass(2).leave(rig);
  t.strictSame(yard.states('registration'), ['matched']);
  t.strictSame(yard.states('trip'), ['under way'], 'the exit alone does not complete it');
  const { sequence } = yard.ledger.head();
  yard.tell({ kind: 'sent', atMs: yard.nowMs, throughSequence: sequence });
  t.strictSame(yard.states('registration'), ['sent']);
  yard.fact(answer(visit, 'accepted'));
  t.strictSame(yard.states('registration'), ['writtenBack']);
  t.strictSame(yard.states('trip'), ['complete']);
  t.ok(yard.items().every(({ closedAtMs }) => closedAtMs !== undefined));
  t.strictSame(yard.pass(1_000).look().causes('trip'), []);
});

t.test(
  'an answer of customs that came before its exit is that of the exit when it comes',
  async (t) => {
    const byPlate = new YardStory();
    byPlate.enter(rig);
    byPlate.pass(1).fact({ ...answer('customs-own-number', 'accepted'), id: 'X-1' });
    t.strictSame(
      byPlate.look().causes('visit'),
      ['exited-elsewhere'],
      'so it is until the exit comes',
    );
    byPlate.pass(1).leave(rig);
    t.strictSame(byPlate.states('registration'), ['writtenBack']);
    t.strictSame(byPlate.states('trip'), ['complete']);
    t.strictSame(byPlate.events().slice(-3), [
      'registration.queued.v1',
      'registration.answered.v1',
      'trip.completed.v1',
    ]);
    t.ok(byPlate.items().every(({ closedAtMs }) => closedAtMs !== undefined));

    const rejected = new YardStory();
    const visit = rejected.enter(rig);
    rejected.pass(1).fact(answer(visit, 'rejected'));
    t.strictSame(rejected.look().causes('visit'), ['still-inside'], 'who is rejected has not left');
    rejected.leave(rig);
    t.strictSame(rejected.states('registration'), ['rejected']);
    rejected.fact({ ...answer(visit, 'accepted'), version: 2 });
    t.strictSame(rejected.states('trip'), ['complete'], 'and may be accepted yet');

    const later = new YardStory();
    const first = later.enter(rig);
    later
      .pass(1)
      .fact(answer(first, 'rejected'))
      .fact({ ...answer(first, 'accepted'), version: 2 });
    later.leave(rig);
    t.strictSame(later.states('registration'), ['writtenBack'], 'the last answer counts');

    const unread = new YardStory();
    const stay = unread.enter(rig);
    unread.pass(1).fact(answer(stay, 'accepted'));
    const crossing = unread.leave({ ...rig, plate: '粤B12S45' }, { visits: [] });
    t.equal(unread.act({ act: 'join', crossing, visit: stay }), 'committed');
    t.strictSame(unread.states('registration'), ['writtenBack'], 'also where a person joins it');
  },
);

t.test(
  'two exits that were planned for one visit: the first ends it, the second tells no end',
  async (t) => {
    const yard = new YardStory();
    const visitId = yard.enter(rig) as VisitId;
    const atMs = yard.nowMs;
    const cause = 'exitRecorded' as const;
    const visits = [{ kind: 'closed' as const, visitId, passageId: 'p' as never, cause, atMs }];
    yard.leave(rig, { visits });
    yard.leave({ ...rig, trailer: '粤B9999挂', containers: [other] }, { visits });
    const told = yard.events().filter((type) => type === 'visit.closed.v1');
    t.strictSame(told, ['visit.closed.v1']);
    t.strictSame(yard.states('crossing'), ['unjoined'], 'the second is on record by itself');
    const { exits, balances } = yard.day('2026-11-23');
    t.equal(exits, 2);
    for (const { of, residual } of balances.filter((each) => !/ /.test(each.of)))
      t.equal(residual, 0, of);
  },
);

t.test(
  'an entry that was planned to end a visit which has ended meanwhile tells no end',
  async (t) => {
    const yard = new YardStory();
    const visitId = yard.enter(rig) as VisitId;
    const head = { passageId: 'p' as never, atMs: yard.nowMs };
    yard.leave(rig);
    const opened = {
      kind: 'opened',
      visitId: 'v.2' as VisitId,
      plate: rig.plate,
      containers: [],
      ...head,
    };
    const closed = { kind: 'closed', visitId, cause: 'exitNotCaptured', ...head };
    yard.enter(rig, { visits: [closed, opened] as never });
    const told = yard.events().filter((type) => type.startsWith('visit.'));
    t.strictSame(told, ['visit.opened.v1', 'visit.closed.v1', 'visit.opened.v1']);
  },
);

t.test('two lanes that are wrong in opposite ways do not come out even', async (t) => {
  const yard = new YardStory();
  yard.enter(rig);
  yard.leave(rig);
  const visits = (balances: DayCount['balances']) =>
    balances
      .filter(({ of }) => /^(entries|exits)/.test(of))
      .map(({ of, counted, residual }) => `${of} ${counted}/${residual}`);
  t.strictSame(visits(yard.day('2026-11-23').balances), [
    'entries in-1 1/0',
    'exits in-1 0/0',
    'entries out-1 0/0',
    'exits out-1 1/0',
    'entries 1/0',
    'exits 1/0',
  ]);
  const tally = (laneId: string, what: string, count: number) => ({ laneId, what, count });
  const { balances } = reconcileDay({
    tallies: [
      tally('in-1', 'crossed.in.authorised', 2),
      tally('in-1', 'visit.opened', 1),
      tally('in-2', 'crossed.in.authorised', 1),
      tally('in-2', 'visit.opened', 2),
    ],
    insideBefore: 0,
    insideAfter: 3,
    dwellsMs: [],
  });
  const entries = visits(balances).filter((each) => each.startsWith('entries'));
  t.strictSame(entries, ['entries in-1 2/1', 'entries in-2 1/-1', 'entries 3/0']);
});

t.test('only what the centre has in its journal counts as sent', async (t) => {
  const yard = new YardStory();
  yard.enter(rig);
  yard.leave(rig);
  const [item] = yard.items('registration');
  const sequence = item?.kind === 'registration' ? (item.body.sequence ?? 0) : 0;
  const entry = yard.ledger.entriesAfter(sequence - 1, 1)[0]?.entry ?? '';
  t.match(entry, 'registration.queued.v1', 'the sequence is that of the entry that carries it');
  yard.tell({ kind: 'sent', atMs: yard.nowMs, throughSequence: sequence - 1 });
  t.strictSame(yard.states('registration'), ['matched']);
});

t.test('an exit that customs rejects or does not answer leaves its trip open', async (t) => {
  const rejected = new YardStory();
  const visit = rejected.enter(rig);
  rejected.pass(2).leave(rig);
  rejected.fact({ ...answer(visit, 'rejected'), reason: 'seal' }).look();
  t.strictSame(rejected.causes('registration'), ['registration-rejected']);
  rejected.pass(24).look();
  t.strictSame(rejected.causes('trip'), ['registration-rejected']);
  rejected.fact({ ...answer(visit, 'accepted'), version: 2 });
  t.strictSame(rejected.states('trip'), ['complete'], 'what was rejected may be accepted later');
  rejected.fact({ ...answer(visit, 'rejected'), version: 3 });
  t.strictSame(
    rejected.states('registration'),
    ['writtenBack'],
    'what was accepted is never taken back',
  );
  const silent = new YardStory();
  silent.enter(rig);
  silent.pass(2).leave(rig);
  silent.pass(1).look();
  t.strictSame(silent.causes('registration'), [], 'within its limit');
  silent.pass(30).look();
  t.strictSame(silent.states('registration'), ['unanswered']);
  t.strictSame(silent.causes('trip'), ['registration-unanswered']);
});

t.test('where entries are registered a trip is complete when both are accepted', async (t) => {
  const site = () => new YardStory({ ...usualLimits, registersEntries: true });
  const entry = (visitId: string, given: 'accepted' | 'rejected') => ({
    ...answer(visitId, given),
    id: `E-${visitId}`,
    registered: 'entry' as const,
  });
  const yard = site();
  const visit = yard.enter(rig);
  t.strictSame(yard.states('registration'), ['matched'], 'the entry');
  yard.fact(answer(visit, 'rejected'));
  t.strictSame(
    yard.states('registration'),
    ['matched'],
    'an answer to an exit is none to an entry',
  );
  yard.pass(2).leave(rig);
  t.strictSame(yard.states('registration'), ['matched', 'rejected'], 'it is one to the exit');
  yard.fact({ ...answer(visit, 'accepted'), version: 2 });
  t.strictSame([...yard.states('registration')].sort(), ['matched', 'writtenBack']);
  t.strictSame(yard.states('trip'), ['under way'], 'its entry has no answer yet');
  yard.pass(24).look();
  t.strictSame(yard.causes('trip'), ['registration-unanswered']);
  yard.fact(entry(visit, 'rejected')).look();
  t.strictSame(yard.causes('registration'), ['registration-rejected']);
  yard.fact({ ...entry(visit, 'accepted'), version: 2 });
  t.strictSame(yard.states('trip'), ['complete']);

  const early = site();
  const second = early.enter(rig);
  early.fact(entry(second, 'accepted'));
  t.strictSame(early.states('trip'), ['under way'], 'the entry alone completes nothing');
  early.pass(2).leave(rig);
  early.fact(answer(second, 'accepted'));
  t.strictSame(early.states('trip'), ['complete']);

  const unnamed = site();
  const crossing = unnamed.crossUnread('in', { containers: [box] });
  t.strictSame(unnamed.states('registration'), [], 'nobody is named');
  unnamed.act({ act: 'recordEntry', crossing, plate: rig.plate });
  t.strictSame(unnamed.states('registration'), ['matched']);
  const usual = new YardStory();
  usual.enter(rig);
  t.strictSame(usual.states('registration'), []);
});

t.test('the diagram of the registration is that of the code', async (t) => {
  const text = readFileSync(repositoryFile('src/core/yard/registration.ts'), 'utf8');
  const drawn = [...text.matchAll(/^ \* {3}(\w+) --> (\w+)$/gm)].map(([, a, b]) => `${a} ${b}`);
  t.strictSame(drawn.sort(), registrationTransitions.map(({ from, to }) => `${from} ${to}`).sort());
});

t.test('tractor, trailer and box have clocks of their own', async (t) => {
  const yard = new YardStory();
  yard.enter(rig);
  yard.pass(2).leave({ plate: rig.plate, ...bobtail });
  t.strictSame(yard.states('visit'), ['left']);
  t.strictSame(yard.states('trailer'), ['dropped'], 'proven bobtail leaves its trailer behind');
  t.strictSame(yard.states('box'), ['grounded']);
  yard.pass(24).look();
  t.strictSame(yard.causes('trip'), ['dropped-trailer']);
  yard.enter({ plate: '湘A77777', ...bobtail });
  yard.pass(1).leave({ ...rig, plate: '湘A77777' });
  t.strictSame(yard.states('trailer'), ['left']);
  t.ok(yard.events().includes('trailer.hitched.v1'));
  yard.look();
  t.strictSame(yard.causes('trip'), ['re-hitched'], 'looked at again when its box has left');
});

t.test('not read is never not there', async (t) => {
  const yard = new YardStory();
  yard.enter(rig);
  yard.pass(2).leave({ plate: rig.plate, boxesLookedFor: false });
  t.strictSame(yard.states('trailer'), ['unseen']);
  t.strictSame(yard.states('box'), ['unseen']);
  yard.look();
  t.strictSame(yard.causes('trailer'), ['undetermined']);
  const found = yard.items('trailer')[0]?.found;
  t.strictSame(found?.candidates, ['dropped-trailer', 'exit-not-captured']);
  t.equal(found?.task, 'yardCheck');
  t.ok((found?.dueAtMs ?? 0) > yard.nowMs);
});

t.test('a box leaves by water, or comes by it', async (t) => {
  const yard = new YardStory();
  yard.enter(rig);
  yard.pass(2).leave({ plate: rig.plate, trailer: rig.trailer, containers: [] });
  yard
    .pass(1)
    .fact({ kind: 'tally', id: 'Y1', billId: 'B1', containers: [box, other], result: 'complete' });
  const [away, ashore] = ['left', 'grounded'];
  t.strictSame(yard.states('box').toSorted(), [ashore, away].toSorted());
  yard.fact({
    kind: 'tally',
    id: 'Y1',
    billId: 'B1',
    containers: [box, other],
    result: 'complete',
  });
  t.equal(yard.items('box').length, 2, 'a snapshot tells the same once more, and it is taken once');
  yard.pass(24).look();
  t.strictSame(yard.causes('trip'), ['left-by-water']);
});

t.test('a stuffing record changes what is in a box, by version', async (t) => {
  const yard = new YardStory();
  yard.enter(rig);
  const stuffing = (version: number, ...ids: string[]) => ({
    kind: 'stuffing' as const,
    id: `S${version}`,
    version,
    container: box,
    consignments: ids.map((consignmentId) => ({ consignmentId })),
    seals: [`seal-${version}`],
  });
  const contents = () => {
    const [item] = yard.items('box');
    return item?.kind === 'box' ? item.body.contents?.consignments : undefined;
  };
  yard.fact(stuffing(2, 'D1', 'D2'));
  yard.fact(stuffing(1, 'D9'));
  t.strictSame(contents(), ['D1', 'D2'], 'an older record comes late and changes nothing');
  yard.fact({
    kind: 'hold',
    id: 'H1',
    subject: { kind: 'consignment', consignmentId: 'D2' },
    moves: ['leave'],
    instruction: 'stop',
    state: 'placed',
    authority: '5788',
    reason: 'papers',
  });
  yard.pass(800).look();
  t.strictSame(
    yard.causes('box'),
    ['held-inside'],
    'a hold on what was stuffed into it holds the box',
  );
  yard.fact(stuffing(3));
  t.strictSame(yard.states('box'), ['left']);
});

t.test('a tractor that comes again closes its old visit, and says so of its trip', async (t) => {
  const yard = new YardStory();
  yard.enter(rig);
  yard.pass(5).enter({ plate: rig.plate, ...bobtail });
  t.strictSame(yard.states('visit'), ['leftUnseen', 'inside']);
  t.strictSame(yard.look().causes('trip'), ['exit-not-captured']);
  t.strictSame(yard.states('box'), ['unseen']);
});

t.test('what nobody saw leave has every way out that there was, and no other', async (t) => {
  const still = new YardStory();
  still.enter(rig);
  still.pass(24).look();
  t.strictSame(still.causes('visit'), ['still-inside'], 'nothing left unseen');
  const one = new YardStory();
  const visit = one.enter(rig);
  one.pass(3).crossUnread('out');
  one.pass(21).look();
  t.strictSame(one.causes('visit'), ['undetermined']);
  t.strictSame(one.items('visit')[0]?.found?.candidates, ['still-inside', 'exit-not-captured']);
  t.equal(one.act({ act: 'yardCheck', item: visit, found: false }), 'committed');
  one.look();
  t.strictSame(one.causes('visit'), ['exit-not-captured'], 'the only way that was left');
  const seen = new YardStory();
  const inside = seen.enter(rig);
  seen.pass(3).crossUnread('out');
  seen.pass(21).look();
  seen.act({ act: 'yardCheck', item: inside, found: true });
  t.strictSame(
    seen.look().causes('visit'),
    ['still-inside'],
    'seen since, it did not leave before',
  );
  const held = new YardStory();
  const left = held.enter(rig);
  held.pass(3).event('barrier.movedUncommanded.v1', 'out-1', { local: true });
  held.crossUnread('out');
  held.event('barrier.closed.v1', 'out-1');
  held.pass(21).look();
  held.act({ act: 'yardCheck', item: left, found: false });
  t.strictSame(held.look().causes('visit'), ['left-while-arm-held-open']);
  const before = new YardStory();
  before.crossUnread('out');
  before.pass(1).enter(rig);
  t.strictSame(before.pass(24).look().causes('visit'), ['still-inside'], 'who left before it came');
});

t.test('a time in which the gate did not run is a way out', async (t) => {
  const yard = new YardStory();
  const visit = yard.enter(rig);
  yard.ledger.setYardCursor('alive', yard.nowMs);
  yard.pass(1).event('gate.started.v1', 'gate-1');
  yard.pass(23).look();
  t.strictSame(yard.items('visit')[0]?.found?.candidates, ['still-inside', 'outage-gap']);
  yard.act({ act: 'yardCheck', item: visit, found: false });
  t.strictSame(yard.look().causes('visit'), ['outage-gap']);
  const crossing = new YardStory();
  const gone = crossing.enter(rig);
  const passageId = 'p-out' as never;
  crossing.tell({ kind: 'unobserved', atMs: crossing.nowMs, passageId, visitIds: [gone as never] });
  t.strictSame(
    crossing.look().causes('visit'),
    ['outage-gap'],
    'let through and not seen to cross',
  );
});

t.test(
  'an exit without a visit is found by what was read of it, and joined by a person',
  async (t) => {
    const yard = new YardStory();
    const visit = yard.enter(rig);
    const crossing = yard
      .pass(3)
      .leave({ plate: '粤B12346', containers: [] }, { authorised: false });
    t.strictSame(yard.states('registration'), ['captured']);
    yard.pass(24).look();
    t.strictSame(yard.causes('visit'), ['exit-not-joined'], 'one character of its plate is wrong');
    t.match(yard.act({ act: 'join', crossing: 'k.none', visit }), 'not on record');
    t.equal(yard.act({ act: 'join', crossing, visit }), 'committed');
    t.strictSame(yard.states('visit'), ['left']);
    t.strictSame(yard.states('registration'), ['matched'], 'now it is sent to customs');
    t.strictSame(yard.ledger.openVisitsOf([rig.plate]), []);
    t.match(yard.act({ act: 'join', crossing, visit }), 'not on record', 'once');
  },
);

t.test('an entry without a visit becomes one when a person names the truck', async (t) => {
  const yard = new YardStory();
  const crossing = yard.crossUnread('in', { containers: [box] });
  yard.pass(2).look();
  t.strictSame(yard.causes('crossing'), ['still-inside']);
  t.equal(yard.act({ act: 'recordEntry', crossing, plate: rig.plate }), 'committed');
  t.equal(yard.ledger.openVisitsOf([rig.plate]).length, 1);
  t.match(yard.act({ act: 'recordEntry', crossing, plate: rig.plate }), 'not on record');
  yard.pass(1).leave({ plate: rig.plate, containers: [box] });
  t.strictSame(yard.states('box'), ['left']);
});

t.test('one exit ends a visit once; a second crossing under its plate is on record', async (t) => {
  const yard = new YardStory();
  yard.enter(rig);
  const visits = yard.ledger.openVisitsOf([rig.plate]).map(({ visitId }) => ({
    kind: 'closed' as const,
    visitId,
    cause: 'exitRecorded' as const,
    atMs: yard.nowMs,
  }));
  yard.leave(rig, { visits });
  yard.leave(rig, { visits });
  t.strictSame(yard.states('crossing'), ['unjoined']);
  t.equal(yard.items('registration').length, 2);
});

t.test('who is sent aside at the exit stays, and was seen', async (t) => {
  const yard = new YardStory();
  yard.enter(rig);
  yard.pass(1).crossUnread('out');
  yard.pass(2).leave(rig, { diverted: true });
  t.strictSame(yard.states('visit'), ['inside']);
  t.strictSame(yard.pass(22).look().causes('visit'), ['still-inside']);
});

t.test(
  'customs registered an exit elsewhere; the goods were withdrawn; it never came',
  async (t) => {
    const away = new YardStory();
    away.enter(rig);
    away.pass(3).fact({ ...answer('another-gate', 'accepted') });
    t.strictSame(away.look().causes('visit'), ['exited-elsewhere']);
    const back = new YardStory();
    const visit = back.enter(rig);
    t.equal(back.act({ act: 'withdraw', visit, reason: 'sold' }), 'committed');
    t.strictSame(back.look().causes('trip'), ['withdrawn']);
    const bound = new YardStory();
    const binding = {
      kind: 'binding' as const,
      id: 'B1',
      state: 'bound' as const,
      origin: 'preArrival' as const,
    };
    bound.fact({ ...binding, plate: rig.plate, containers: [box], consignments: [] });
    bound.fact({ ...binding, id: 'B2', plate: '湘A77777', containers: [], consignments: [] });
    bound.pass(1).enter({ plate: '湘A77777', ...bobtail });
    bound.pass(48).look();
    t.strictSame(bound.causes('expected'), ['never-entered']);
    t.strictSame(bound.states('expected').toSorted(), ['entered', 'expected']);
  },
);

t.test('a hold is placed and lifted here, and only a local one by a person', async (t) => {
  const yard = new YardStory();
  yard.enter(rig);
  const subject = { kind: 'vehicle' as const, name: rig.plate };
  yard.act({ act: 'placeHold', subject, instruction: 'stop', reason: 'dispute' });
  yard.pass(24).look();
  t.strictSame(yard.causes('visit'), ['held-inside']);
  const [hold] = yard.items('hold');
  t.equal(yard.act({ act: 'liftHold', hold: hold?.itemId ?? '', reason: 'settled' }), 'committed');
  t.strictSame(yard.pass(24).look().causes('visit'), ['still-inside']);
  yard.fact({
    kind: 'hold',
    id: 'H1',
    subject: { kind: 'vehicle', plate: rig.plate },
    moves: ['leave'],
    instruction: 'stop',
    state: 'placed',
    authority: '5788',
    reason: 'papers',
  });
  t.match(yard.act({ act: 'liftHold', hold: 'f.hold.customs.H1', reason: 'no' }), 'by the feed');
});

t.test('nothing is settled that has no cause', async (t) => {
  const yard = new YardStory();
  const visit = yard.enter(rig);
  t.match(yard.act({ act: 'settle', item: visit, reason: 'tidy' }), 'no cause yet');
  yard.pass(1).crossUnread('out');
  yard.pass(24).look();
  const before = yard.ledger.head().sequence;
  t.match(yard.act({ act: 'settle', item: visit, reason: 'tidy' }), 'no cause yet', 'undetermined');
  t.equal(yard.ledger.head().sequence, before, 'what is refused leaves nothing behind');
  yard.act({ act: 'yardCheck', item: visit, found: false });
  yard.look();
  t.equal(yard.act({ act: 'settle', item: visit, reason: 'seen on pictures' }), 'committed');
  t.strictSame(yard.ledger.openVisitsOf([rig.plate]), []);
});

t.test('a mistake in the yard takes no crossing along', async (t) => {
  const yard = new YardStory();
  const broken = {
    kind: 'crossed',
    atMs: yard.nowMs,
    direction: 'in',
    visits: [],
    rig: null,
    laneId: 'in-1',
  };
  const result = yard.ledger.commit({
    events: [
      { type: 'passage.crossed.v1', subject: 'p1', timeMs: yard.nowMs, data: { laneId: 'in-1' } },
    ],
    yard: broken as never,
  });
  t.equal(result.kind, 'committed');
  t.strictSame(yard.events().slice(-2), ['passage.crossed.v1', 'alarm.raised.v1']);
});

t.test('a day is counted up, with what is known to differ and with what is not', async (t) => {
  const yard = new YardStory();
  yard.enter(rig);
  yard.enter({ plate: '湘A77777', ...bobtail });
  yard.pass(1).leave(rig);
  yard.crossUnread('out');
  const lane = (counts: Readonly<Record<string, number>>) =>
    yard.ledger.commit({
      events: [],
      counts: { laneId: 'out-1' as never, atMs: yard.nowMs, counts },
    });
  lane({ 'loop.exit': 3, cutAgain: 1 });
  yard.event('barrier.opened.v1', 'p9', { laneId: 'out-1' });
  const day = yard.day('2026-11-23');
  const of = (name: string) => day.balances.find((balance) => balance.of === name);
  t.match(day, { entries: 2, exits: 2, insideBefore: 0, insideAfter: 1 });
  t.match(of('loop out-1'), { counted: 3, against: 2, corrections: { cutAgain: 1 }, residual: 0 });
  t.match(of('arm out-1'), { counted: 1, against: 1, residual: 0 });
  t.match(of('exits'), { counted: 2, against: 1, corrections: { withoutVisit: 1 }, residual: 0 });
  t.match(of('inside'), { residual: 0 });
  lane({ 'loop.exit': 1 });
  t.equal(
    yard.day('2026-11-23').balances.find((balance) => balance.of === 'loop out-1')?.residual,
    1,
    'a loop that saw what no lane has on record',
  );
  yard.pass(24).tell({ kind: 'dayClosed', atMs: yard.nowMs, date: '2026-11-23' });
  yard.tell({ kind: 'dayClosed', atMs: yard.nowMs, date: '2026-11-23' });
  t.equal(yard.events().filter((type) => type === 'yard.dayClosed.v1').length, 1, 'once');
});

t.test('who left under a held arm has left, if his plate was read', async (t) => {
  const story = new YardStory();
  const visitId = story.enter(rig);
  const crossing = story.pass(3).leave(rig, { authorised: false });
  t.equal(story.ledger.openVisitsOf([rig.plate]).length, 1, 'nobody decided on it');
  const passageId = crossing.slice(2) as never;
  const atMs = story.nowMs;
  story.tell({ kind: 'leftUnderHeldArm', atMs, passageId, visitIds: [visitId as never] });
  t.strictSame(story.ledger.openVisitsOf([rig.plate]), []);
  story.pass(30).look();
  t.strictSame(story.causes('visit'), []);
  t.strictSame(story.causes('crossing'), [], 'the crossing is accounted for');
});
