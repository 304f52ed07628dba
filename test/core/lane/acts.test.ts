import t, { type Test } from 'tap';
import { canonicalJson } from '../../../src/core/decision/canonical-json.ts';
import { type DecisionInputs, decide, decisionText } from '../../../src/core/decision/decide.ts';
import { hold, proof } from '../../support/facts.ts';
import { clerk, guard, officer, PersonStory, supervisor } from '../../support/person-story.ts';
import { box, plate, released, tag } from '../../support/released.ts';

const misread = '粤B12845';

/** A truck that is released and whose plate was read wrong. */
function misreadTruck(): PersonStory {
  const lane = new PersonStory();
  lane.facts = released();
  lane.ready();
  lane.arrive().plate(misread).tag(tag).boxes(box).weight(31_240);
  return lane;
}

/** A truck that the catalogue refuses: a proof is missing. */
function unreleased(change: Parameters<typeof released>[0] = {}): PersonStory {
  const lane = new PersonStory();
  lane.facts = released({
    proofs: [proof({ proofType: 'terminal_release', containers: [box] })],
    ...change,
  });
  lane.ready();
  lane.arrive().plate(plate).tag(tag).boxes(box).weight(31_240);
  return lane;
}

const byHand = { kind: 'manualRelease', reason: 'documentsSeen', reference: 'A-2026-17' } as const;

/** Every decision of the story is the same again from its stored inputs. */
function runsAgain(t: Test, lane: PersonStory): void {
  for (const { decision } of lane.changes) {
    if (!decision) continue;
    const inputs = JSON.parse(decision.inputs) as DecisionInputs;
    t.equal(decisionText(decide(inputs, lane.context.policy).decision), decision.result);
    t.equal(canonicalJson(inputs), decision.inputs);
  }
}

t.test('a correction runs every check again and waits for one touch', async (t) => {
  const lane = misreadTruck();
  t.equal(lane.passage()?.kind, 'referred');

  lane.act(clerk, { kind: 'correct', correction: { plate } });
  t.equal(lane.opens(), 0, 'it does not open by itself');
  t.match(lane.lastAnswer(), { kind: 'done', state: 'referred' });
  t.strictSame(lane.passage()?.reasons, ['confirmation-awaited']);
  t.match(lane.events('person.acted.v1')[0]?.data, {
    act: 'correct',
    person: 'clerk-1',
    role: 'clerk',
    corrected: { plate },
    read: { plates: [misread] },
  });

  lane.act(clerk, { kind: 'confirm' });
  t.match(lane.lastAnswer(), { kind: 'done', state: 'admitted' });
  t.equal(lane.opens(), 1);
  lane.driveThrough();
  t.strictSame(lane.outcomes(), ['passed']);
  t.equal(lane.changes.find((c) => c.settle)?.settle?.as, 'consumed');
  t.equal(lane.events('barrier.opened.v1').length, 1);
  runsAgain(t, lane);
});

t.test('the act is on record before the arm is asked to move', async (t) => {
  const lane = misreadTruck();
  lane.act(clerk, { kind: 'correct', correction: { plate } }).act(clerk, { kind: 'confirm' });
  const change = lane.changes.find((c) => c.decision?.opening);
  t.ok(change?.events.some(({ type }) => type === 'person.acted.v1'));
  t.equal(change?.act?.person, 'clerk-1');

  const failing = misreadTruck();
  failing.act(clerk, { kind: 'correct', correction: { plate } });
  failing.commitResults = ['failed'];
  failing.act(clerk, { kind: 'confirm' });
  t.match(failing.lastAnswer(), { kind: 'refused', code: 'act-not-recorded' });
  t.equal(failing.opens(), 0);
  t.strictSame(failing.passage()?.reasons, ['confirmation-awaited'], 'and it stands as before');
});

t.test('a confirmation decides at its own moment, not at that of the correction', async (t) => {
  const lane = misreadTruck();
  lane.act(clerk, { kind: 'correct', correction: { plate } });
  lane.facts = released({ holds: [hold({ subject: { kind: 'container', container: box } })] });
  lane.act(clerk, { kind: 'confirm' });
  t.match(lane.lastAnswer(), { kind: 'refused', code: 'act-not-cleared' });
  t.equal(lane.opens(), 0);
  t.equal(lane.passage()?.kind, 'held');
});

t.test(
  'a hold on any of two readings that contradict each other is not corrected away',
  async (t) => {
    const other = 'CBHU3202732';
    const lane = new PersonStory();
    lane.facts = released({ holds: [hold({ subject: { kind: 'container', container: other } })] });
    lane.ready();
    lane.arrive().plate(plate).tag(tag).boxes(box).boxes(other).weight(31_240);
    t.ok(lane.passage()?.reasons.includes('container-readings-differ'));
    lane.act(clerk, {
      kind: 'correct',
      correction: { containers: [{ position: 'single', number: box }] },
    });
    t.strictSame(lane.passage()?.reasons, ['held-as-read']);
    t.ok(lane.passage()?.decidedOn?.containers.some((number) => number === other));

    const plates = new PersonStory();
    plates.facts = released({ holds: [hold({ subject: { kind: 'vehicle', plate: misread } })] });
    plates.ready();
    plates.arrive().plate(plate).plate(misread, 0.96, 'rear').tag(tag).boxes(box).weight(31_240);
    plates.act(supervisor, { kind: 'correct', correction: { plate } });
    t.strictSame(plates.passage()?.reasons, ['held-as-read']);
  },
);

t.test(
  'nor is a hold that nobody could read, on a number like the one that was read',
  async (t) => {
    const other = 'CBHU3202732';
    const lane = new PersonStory();
    lane.facts = released({
      taints: [{ source: 'customs', sequence: 1, resembles: other, reason: 'hold-unreadable' }],
    });
    lane.ready();
    lane.arrive().plate(plate).tag(tag).boxes(other).weight(31_240);
    lane.act(clerk, {
      kind: 'correct',
      correction: { containers: [{ position: 'single', number: box }] },
    });
    t.strictSame(lane.passage()?.reasons, ['held-as-read']);
  },
);

t.test('a hold on what was read is not corrected away', async (t) => {
  const heldPlate = new PersonStory();
  heldPlate.facts = released({
    holds: [hold({ subject: { kind: 'vehicle', plate: misread } })],
  });
  heldPlate.ready();
  heldPlate.arrive().plate(misread).tag(tag).boxes(box).weight(31_240);
  heldPlate.act(supervisor, { kind: 'correct', correction: { plate } });
  t.equal(heldPlate.passage()?.kind, 'held');
  t.match(heldPlate.passage()?.reasons, ['held-as-read']);

  const other = 'CBHU3202732';
  const heldBox = new PersonStory();
  heldBox.facts = released({ holds: [hold({ subject: { kind: 'container', container: other } })] });
  heldBox.ready();
  heldBox.arrive().plate(plate).tag(tag).boxes(other).weight(31_240);
  heldBox.act(clerk, {
    kind: 'correct',
    correction: { containers: [{ position: 'single', number: box }] },
  });
  t.match(heldBox.passage()?.reasons, ['held-as-read']);
  heldBox.act(supervisor, { ...byHand, second: officer });
  t.match(heldBox.lastAnswer(), { kind: 'refused', code: 'release-barred' });
  t.equal(heldBox.opens(), 0);
});

t.test('what is typed must have the form of a plate and of container numbers', async (t) => {
  const lane = misreadTruck();
  for (const [correction, code] of [
    [{}, 'act-nothing-corrected'],
    [{ plate: 'XYZ' }, 'act-plate-malformed'],
    [{ plate: '粤B1234挂' }, 'act-plate-malformed'],
    [{ trailer: plate }, 'act-plate-malformed'],
    [{ containers: [{ position: 'single', number: 'BOX' }] }, 'act-container-malformed'],
    [
      {
        containers: [
          { position: 'front', number: box },
          { position: 'rear', number: box },
        ],
      },
      'act-containers-impossible',
    ],
  ] as const) {
    lane.act(clerk, { kind: 'correct', correction });
    t.match(lane.lastAnswer(), { kind: 'refused', code });
  }
  t.equal(lane.changes.filter((c) => c.decision).length, 1, 'nothing was decided anew');
});

t.test('turned back: nothing opens, the passage stays until it has left', async (t) => {
  const lane = misreadTruck();
  lane.act(supervisor, { kind: 'turnBack', reason: 'papers' });
  t.match(lane.lastAnswer(), { kind: 'done', state: 'refused' });
  t.equal(lane.passage()?.kind, 'refused');
  t.equal(lane.opens(), 0);
  const cases = lane.changes.flatMap((c) => c.closedCases ?? []);
  t.match(cases, [{ outcome: 'turnedBack' }]);
  lane.backOut();
  t.strictSame(lane.outcomes(), ['refused']);
});

t.test('a truck may be turned back while it is still being read', async (t) => {
  const lane = new PersonStory();
  lane.facts = released();
  lane.ready();
  lane.arrive().plate(plate);
  lane.act(supervisor, { kind: 'turnBack', reason: 'driver asks' });
  lane.tag(tag).boxes(box).weight(31_240).pass(20_000);
  t.equal(lane.passage()?.kind, 'refused');
  t.equal(lane.opens(), 0);
});

t.test('released by hand: reason, reference and second person, all judged by policy', async (t) => {
  for (const [act, code] of [
    [{ ...byHand, reason: 'noReason' }, 'release-reason-unknown'],
    [{ kind: 'manualRelease', reason: 'documentsSeen' }, 'release-reference-missing'],
    [byHand, 'second-person-missing'],
    [{ ...byHand, second: { name: 'clerk-1', role: 'supervisor' } }, 'second-person-same'],
    [{ ...byHand, second: { name: 'clerk-2', role: 'clerk' } }, 'second-person-same'],
  ] as const) {
    const lane = unreleased();
    lane.act(clerk, act);
    t.match(lane.lastAnswer(), { kind: 'refused', code });
    t.equal(lane.opens(), 0);
    t.equal(lane.passage()?.kind, 'refused', 'it stands as before');
    t.equal(lane.changes.filter((c) => c.decision).length, 1, 'and no decision was made');
  }

  const lane = unreleased().act(clerk, { ...byHand, second: officer });
  t.match(lane.lastAnswer(), { kind: 'done', state: 'admitted' });
  t.equal(lane.opens(), 1);
  const change = lane.changes.find((c) => c.decision?.opening);
  t.match(change?.events[0]?.data, {
    act: 'manualRelease',
    person: 'clerk-1',
    reason: 'documentsSeen',
    reference: 'A-2026-17',
    second: { name: 'officer-1', role: 'customs-officer' },
  });
  t.same(change?.reserve?.releases, [
    { lineage: change?.reserve?.releases[0]?.lineage, container: box },
  ]);
  lane.driveThrough();
  t.strictSame(lane.outcomes(), ['passed']);
  runsAgain(t, lane);
});

t.test('what the policy bars is released by nobody', async (t) => {
  for (const [facts, check] of [
    [{ holds: [hold({ subject: { kind: 'container', container: box } })] }, 'not-held'],
    [{ holds: [hold({ subject: { kind: 'vehicle', plate } })] }, 'vehicle-not-held'],
    [
      {
        proofs: [
          proof({ proofType: 'customs_declaration', containers: [box], state: 'revoked' }),
          proof({ proofType: 'terminal_release', containers: [box] }),
        ],
      },
      'not-revoked',
    ],
  ] as const) {
    const lane = unreleased(facts);
    lane.act(officer, { ...byHand, second: supervisor });
    t.match(lane.lastAnswer(), { code: 'release-barred', evidence: { check } });
    t.equal(lane.opens(), 0);
    t.equal(lane.events('person.refused.v1').length, 1, 'that somebody tried is on record');
  }
});

t.test(
  'a hold bars a release by hand also where no rule of the policy looks for one',
  async (t) => {
    const lane = new PersonStory({ direction: 'in' });
    lane.facts = released({
      // Inbound the policy has no rule for it.
      transactions: [{ ...released().transactions[0], direction: 'in' } as never],
      holds: [hold({ subject: { kind: 'container', container: box } })],
      visits: [],
    });
    lane.ready();
    lane.arrive().plate(plate).tag(tag).boxes(box).weight(31_240);
    t.match(lane.passage()?.reasons, ['policy-rule-none']);
    lane.act(supervisor, { ...byHand, second: officer });
    t.match(lane.lastAnswer(), { code: 'release-barred', evidence: { check: 'not-held' } });
    t.equal(lane.opens(), 0);
  },
);

t.test('nobody is released by hand whose plate and boxes are not known', async (t) => {
  const lane = new PersonStory();
  lane.facts = released();
  lane.ready();
  lane.arrive().plate(plate).tag(tag).weight(31_240).pass(12_000);
  t.equal(lane.passage()?.kind, 'referred');
  lane.act(supervisor, { ...byHand, second: officer });
  t.match(lane.lastAnswer(), { code: 'release-identity-open' });
  t.equal(lane.opens(), 0);
});

t.test(
  'without a word in the policy nothing is released by hand and nobody is diverted',
  async (t) => {
    const { acts: _, ...policy } = new PersonStory().context.policy;
    const lane = new PersonStory({}, policy);
    lane.facts = released({ proofs: [] });
    lane.ready();
    lane.arrive().plate(plate).tag(tag).boxes(box).weight(31_240);
    lane.act(supervisor, { ...byHand, second: officer });
    t.match(lane.lastAnswer(), { code: 'release-not-provided' });
    lane.act(supervisor, { kind: 'divert', place: 'inspection', withinMinutes: 30 });
    t.match(lane.lastAnswer(), { code: 'divert-place-unknown' });
    t.equal(lane.opens(), 0);
  },
);

t.test('diverted: the arm rises without a release, and the visit owes an appearance', async (t) => {
  const lane = new PersonStory({ direction: 'in' });
  lane.facts = released({ visits: [] });
  lane.ready();
  lane.arrive().plate(plate).tag(tag).boxes(box).weight(31_240);
  t.equal(lane.opens(), 0);
  lane.act(clerk, { kind: 'divert', place: 'inspection', withinMinutes: 121 });
  t.match(lane.lastAnswer(), { code: 'divert-time-long' });
  lane.act(clerk, { kind: 'divert', place: 'inspection', withinMinutes: 30 });
  t.equal(lane.opens(), 1);
  t.equal(lane.changes.find((c) => c.decision?.opening)?.reserve, undefined);
  lane.driveThrough();
  t.strictSame(lane.outcomes(), ['diverted']);
  t.match(lane.events('visit.appearanceDue.v1'), [{ data: { place: 'inspection' } }]);
  const yard = lane.changes.flatMap((change) => (change.yard ? [change.yard] : []));
  t.match(yard, [{ kind: 'crossed', diverted: true, appear: { place: 'inspection' } }]);
  t.strictSame(lane.events('release.consumed.v1'), []);
  runsAgain(t, lane);

  const out = unreleased().act(supervisor, {
    kind: 'divert',
    place: 'inspection',
    withinMinutes: 30,
  });
  t.match(out.lastAnswer(), { code: 'divert-place-unknown' }, 'not out of the premises');
  t.equal(out.opens(), 0);
});

t.test('who acts on what he did not see is refused, and so is who may not act', async (t) => {
  const lane = misreadTruck();
  const before = lane.passage()?.decisionId ?? null;
  lane.act(clerk, { kind: 'correct', correction: { plate } });
  for (const [person, wish, code] of [
    [clerk, { kind: 'confirm', seen: before }, 'act-view-stale'],
    [clerk, { kind: 'confirm', passageId: 'other' as never }, 'act-passage-unknown'],
    [guard, { kind: 'confirm' }, 'act-role-forbidden'],
    [officer, { kind: 'confirm' }, 'act-role-forbidden'],
    [{ name: 'e', role: 'engineer' }, byHand, 'act-role-forbidden'],
    [{ name: 'r', role: 'remote-approver' }, byHand, 'act-role-forbidden'],
    [guard, { kind: 'divert', place: 'inspection', withinMinutes: 5 }, 'act-role-forbidden'],
  ] as const) {
    lane.act(person, wish);
    t.match(lane.lastAnswer(), { kind: 'refused', code });
  }
  t.equal(lane.opens(), 0);

  lane.act(clerk, { kind: 'confirm' });
  t.equal(lane.opens(), 1);
  lane.act(clerk, { kind: 'confirm' });
  t.match(lane.lastAnswer(), { code: 'act-passage-moved-on' });
  t.equal(lane.opens(), 1, 'two touches are one opening');
});

t.test('a confirmation opens only for the vehicle that stands at a closed arm', async (t) => {
  for (const [change, code] of [
    [(lane: PersonStory) => lane.input('presence', 'clear'), 'act-vehicle-moved'],
    [(lane: PersonStory) => lane.input('presence', 'unknown'), 'act-lane-not-ready'],
    [(lane: PersonStory) => lane.arm('between').arm('open'), 'act-lane-not-ready'],
    [
      (lane: PersonStory) => lane.tell({ kind: 'ledgerHealth', failing: true }),
      'act-lane-not-ready',
    ],
    [
      (lane: PersonStory) => lane.input('presence', 'clear').input('approach', 'clear').pass(2_000),
      'act-passage-unknown',
    ],
  ] as const) {
    const lane = misreadTruck();
    lane.act(clerk, { kind: 'correct', correction: { plate } });
    const { passageId, decisionId } = lane.passage() ?? {};
    change(lane);
    const at = { passageId: passageId as never, seen: decisionId ?? null };
    lane.act(clerk, { kind: 'confirm', ...at });
    t.match(lane.lastAnswer(), { kind: 'refused', code });
    lane.act(supervisor, { ...byHand, second: officer, ...at });
    t.match(lane.lastAnswer(), { kind: 'refused', code });
    t.equal(lane.opens(), 0);
  }
});

t.test('an answer that comes late opens only for the vehicle that still waits there', async (t) => {
  for (const change of [
    (lane: PersonStory) => lane.input('presence', 'clear'),
    (lane: PersonStory) => lane.arm('between').arm('open'),
    (lane: PersonStory) => lane.input('exit', 'occupied'),
  ]) {
    const lane = misreadTruck();
    lane.act(clerk, { kind: 'correct', correction: { plate } });
    lane.answersLate = true;
    lane.act(clerk, { kind: 'confirm' }).answer();
    change(lane).answer();
    t.equal(lane.opens(), 0);
  }
});

t.test('facts that keep changing leave the vehicle with the clerk', async (t) => {
  const lane = misreadTruck();
  lane.act(clerk, { kind: 'correct', correction: { plate } });
  lane.commitResults = ['conflicted', 'conflicted', 'conflicted'];
  lane.act(clerk, { kind: 'confirm' });
  t.match(lane.lastAnswer(), { code: 'act-facts-changing' });
  t.equal(lane.commitResults.length, 0, 'three attempts, as for any decision');
  t.equal(lane.passage()?.kind, 'referred');
  lane.facts = undefined;
  lane.act(clerk, { kind: 'confirm' });
  t.match(lane.lastAnswer(), { code: 'act-facts-unavailable' });
  lane.facts = released();
  lane.act(clerk, { kind: 'confirm' });
  t.equal(lane.opens(), 1);
  const ids = lane.changes.flatMap((c) => c.decision?.decisionId ?? []);
  t.equal(new Set(ids).size, ids.length);
});

function failedOrder(): PersonStory {
  const lane = new PersonStory();
  lane.facts = released();
  lane.orderResult = 'failed';
  lane.ready();
  lane.arrive().plate(plate).tag(tag).boxes(box).weight(31_240);
  lane.orderResult = 'accepted';
  return lane;
}

t.test(
  'an opening is repeated where the arm never left closed, by a decision of its own',
  async (t) => {
    const lane = failedOrder();
    t.strictSame(lane.passage()?.reasons, ['command-failed']);
    const first = lane.orders[0]?.commandId;
    lane.pass(5_000).act(clerk, { kind: 'repeatOpening' });
    t.match(lane.lastAnswer(), { kind: 'done', state: 'admitted' });
    t.equal(lane.opens(), 2);
    t.not(lane.orders[1]?.commandId, first, 'under a new command');
    lane.driveThrough();
    t.strictSame(lane.outcomes(), ['passed']);
    t.equal(lane.changes.filter((c) => c.settle?.as === 'consumed').length, 1);
    t.strictSame(lane.events('alarm.raised.v1'), []);
    runsAgain(t, lane);
  },
);

t.test('an arm that leaves late is charged to the order that may have moved it', async (t) => {
  const commandOf = (lane: PersonStory) => lane.events('barrier.opened.v1')[0]?.data['commandId'];
  // The first order was written, and its answer lost; of the second one nothing was.
  const slow = failedOrder();
  slow.orderResult = 'expired';
  slow.act(clerk, { kind: 'repeatOpening' });
  t.equal(slow.opens(), 2);
  slow.arm('between').arm('open');
  t.equal(commandOf(slow), slow.orders[0]?.commandId);
  const [first] = slow.changes.flatMap((c) => c.decision?.decisionId ?? []);
  t.equal(slow.changes.find((c) => c.openingUsed)?.openingUsed, first);

  const repeated = failedOrder();
  repeated.act(clerk, { kind: 'repeatOpening' });
  repeated.arm('between').arm('open');
  t.equal(commandOf(repeated), repeated.orders[1]?.commandId);

  // Of no order anything was written: somebody else has raised the arm.
  const never = new PersonStory();
  never.facts = released();
  never.orderResult = 'expired';
  never.ready();
  never.arrive().plate(plate).tag(tag).boxes(box).weight(31_240);
  never.arm('between').arm('open');
  t.equal(commandOf(never), undefined);
  t.equal(never.events('barrier.movedUncommanded.v1').length, 1);
  t.equal(never.events('alarm.raised.v1').at(-1)?.data['code'], 'arm-moved-uncommanded');
});

t.test('whose place may have been taken out of sight is let go by nobody', async (t) => {
  const seen = failedOrder();
  seen.input('presence', 'clear').input('presence', 'occupied');
  seen.act(clerk, { kind: 'repeatOpening' });
  t.match(seen.lastAnswer(), { kind: 'done' }, 'who rolls back in sight is the same');

  const unseen = failedOrder();
  unseen.input('presence', 'unknown').input('presence', 'clear').input('presence', 'occupied');
  unseen.act(clerk, { kind: 'confirm' });
  t.match(unseen.lastAnswer(), { code: 'act-vehicle-moved' });
  t.equal(unseen.opens(), 1);
});

t.test('an opening is not repeated where the arm may have left, nor for ever', async (t) => {
  const unseen = failedOrder().arm('unknown').arm('closed');
  (unseen as PersonStory).act(clerk, { kind: 'repeatOpening' });
  t.match((unseen as PersonStory).lastAnswer(), { code: 'act-repeat-unproven' });

  const left = failedOrder().arm('between').arm('open').arm('closed');
  (left as PersonStory).act(clerk, { kind: 'repeatOpening' });
  t.match((left as PersonStory).lastAnswer(), { code: 'act-repeat-unproven' });

  const late = failedOrder().pass(121_000);
  (late as PersonStory).act(clerk, { kind: 'repeatOpening' });
  t.match((late as PersonStory).lastAnswer(), { code: 'act-repeat-late' });

  const none = misreadTruck().act(clerk, { kind: 'repeatOpening' });
  t.match(none.lastAnswer(), { code: 'act-repeat-none' });
  for (const lane of [unseen, left, late]) t.equal(lane.opens(), 1);
});

t.test('a repeated release by hand is judged as it was the first time', async (t) => {
  const lane = unreleased();
  lane.orderResult = 'failed';
  lane.act(clerk, { ...byHand, second: officer });
  t.match(lane.passage()?.reasons?.[0], 'command-failed');
  lane.orderResult = 'accepted';
  lane.facts = released({ holds: [hold({ subject: { kind: 'container', container: box } })] });
  lane.act(clerk, { kind: 'repeatOpening' });
  t.match(lane.lastAnswer(), { code: 'release-barred' });
  t.equal(lane.opens(), 1);
});

t.test(
  'what an earlier decision had reserved is given back by the one that takes its place',
  async (t) => {
    const lane = failedOrder();
    const reserved = lane.changes.find((c) => c.reserve)?.reserve?.releases ?? [];
    t.equal(reserved.length, 2);
    lane.act(supervisor, {
      kind: 'correct',
      correction: { containers: [{ position: 'single', number: 'CBHU3202732' }] },
    });
    const change = lane.changes.findLast((c) => c.decision);
    t.match(change?.settle, { as: 'returned', releases: reserved });
    t.equal(lane.passage()?.releases.length, 0);
  },
);

t.test(
  'turned back after a failed order and lost from sight: somebody is told of its release',
  async (t) => {
    const lane = failedOrder();
    lane.act(clerk, { kind: 'turnBack', reason: 'arm broken' });
    lane.input('presence', 'unknown').input('presence', 'occupied').backOut();
    t.equal(
      lane.changes.find((c) => c.settle),
      undefined,
    );
    t.match(lane.events('exception.opened.v1').at(-1)?.data, { cause: 'crossing-not-observed' });

    const seen = failedOrder();
    seen.act(clerk, { kind: 'turnBack', reason: 'arm broken' }).backOut();
    t.equal(seen.changes.find((c) => c.settle)?.settle?.as, 'returned');
  },
);

t.test('a hold after a release by hand stops the vehicle as any other', async (t) => {
  const lane = unreleased().act(clerk, { ...byHand, second: officer });
  lane.facts = released({ holds: [hold({ subject: { kind: 'container', container: box } })] });
  lane.tell({ kind: 'feedChanged' });
  t.equal(lane.events('passage.stopped.v1').length, 1);
});
