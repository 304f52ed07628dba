/**
 * Random traffic and random faults against the lane, with an auditor beside it. A failure prints its seed:
 * `KAKOU_LANE_SEED=<seed>` plays that one again and tells what led there. `KAKOU_LANE_SEQUENCES=<n>` plays
 * more of them than the check does.
 */
import t from 'tap';
import { LaneChaos } from '../../support/lane-chaos.ts';

const sequences = Number(process.env['KAKOU_LANE_SEQUENCES'] ?? 800);
const only = process.env['KAKOU_LANE_SEED'];
const seeds =
  only === undefined ? Array.from({ length: sequences }, (_, i) => i + 1) : [Number(only)];
const movesPerSequence = 150;

function played(seed: number): LaneChaos {
  const chaos = new LaneChaos(seed, {
    prompt: seed % 5 !== 0,
    noise: (seed % 3) * 0.12,
    linked: seed % 4 === 3,
  });
  for (let i = 0; i < movesPerSequence && chaos.findings().length === 0; i++) chaos.move();
  return chaos;
}

/** How a sequence ends once the faults have ended, and what must be true then. */
const endings: readonly ((chaos: LaneChaos) => string[])[] = [
  (chaos) => {
    chaos.calm({ occupied: ['approach', 'presence'], arm: 'closed' });
    const { passages } = chaos.state;
    if (passages.length === 0) return ['a vehicle stands there and has no passage'];
    return passages
      .filter(({ kind }) => !['referred', 'held', 'refused'].includes(kind))
      .map(({ passageId, kind }) => `${passageId} stands at a closed arm for minutes as ${kind}`);
  },
  (chaos) => {
    chaos.calm({ occupied: [], arm: 'closed' });
    const { passages, service } = chaos.state;
    return [
      ...passages.map(({ passageId, kind }) => `${passageId} is gone and still ${kind}`),
      ...chaos.auditor.unended().map((id) => `${id} is gone and never ended`),
      ...chaos.ledger.forgotten().map((id) => `${id}: its release is forgotten`),
      ...(service.kind === 'inService' ? [] : [`the empty lane is ${service.kind}`]),
    ];
  },
  (chaos) => {
    chaos.calm({ occupied: [], arm: 'open' });
    const isWatched = chaos.state.service.kind === 'outOfService';
    return isWatched ? [] : ['the arm stands up for minutes over an empty lane'];
  },
  (chaos) => {
    chaos.calm({ occupied: ['presence', 'curtain'], arm: 'open' });
    const isWatched = chaos.state.service.kind === 'outOfService';
    return isWatched ? [] : ['a vehicle stands under the raised arm for minutes'];
  },
  (chaos) => {
    chaos.calm({ occupied: [], arm: 'closed', act: () => ({ kind: 'drain' }) });
    const { cause } = chaos.state.service;
    return cause === 'lane-drained' ? [] : [`the drained lane is ${cause}`];
  },
  (chaos) => {
    let to: string | undefined;
    const turn = () => {
      const other = chaos.otherDirection();
      to = other;
      return { kind: 'turn', to: other } as const;
    };
    chaos.calm({ occupied: [], arm: 'closed', act: turn });
    const { direction, service } = chaos.state;
    const isTurned = !chaos.isReversible || direction === to;
    return isTurned && service.kind === 'inService' ? [] : ['the empty lane is not turned'];
  },
  (chaos) => {
    chaos.calm({ occupied: [], arm: 'open', act: () => ({ kind: 'holdOpen' }) });
    const { service, light } = chaos.state;
    return service.kind === 'openHeld' && light === 'green' ? [] : ['the arm is not held open'];
  },
];

function wrongWith(seed: number): { wrong: readonly string[]; chaos: LaneChaos } {
  const chaos = played(seed);
  if (chaos.findings().length > 0) return { wrong: chaos.findings(), chaos };
  const end = endings[seed % endings.length];
  return { wrong: [...(end?.(chaos) ?? []), ...chaos.findings()], chaos };
}

/** What must have been looked at, often enough. */
const happenings = [
  'decision',
  'close',
  'safetyRaise',
  'barrier.opened.v1',
  'act',
  'lane.actOrdered.v1',
  'lane.turned.v1',
  'barrier.openedByOrder.v1',
  'barrier.movedUncommanded.v1',
  'passage.crossed.v1',
  'release.consumed.v1',
  'release.returned.v1',
  'exception.opened.v1',
  'alarm.raised.v1',
  'person.acted.v1',
  'person.refused.v1',
  'passage.ended.v1',
  'platform.answered.v1',
  'platform.answerIgnored.v1',
  'platform.unanswered.v1',
];

t.test(`${seeds.length} sequences of traffic and faults`, async (t) => {
  const seen: Record<string, number> = {};
  let openedByPlatform = 0;
  for (const seed of seeds) {
    const { wrong, chaos } = wrongWith(seed);
    openedByPlatform += chaos.platform.opened;
    for (const type of chaos.types) seen[type] = (seen[type] ?? 0) + 1;
    if (wrong.length === 0) continue;
    const trace = only === undefined ? chaos.trace.slice(-20) : chaos.trace;
    t.fail(`KAKOU_LANE_SEED=${seed}: ${wrong.join('; ')}`, { trace });
    if (only === undefined) return;
  }
  if (only !== undefined) {
    t.pass('nothing is wrong with this one');
    return;
  }
  t.ok(openedByPlatform >= seeds.length / 100, `${openedByPlatform} on an answer of the platform`);
  // An auditor that has nothing to look at finds nothing.
  for (const type of happenings)
    t.ok((seen[type] ?? 0) >= seeds.length / 100, `${type}: ${seen[type]}`);
});
