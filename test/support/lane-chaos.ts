/**
 * A lane at a place where everything goes wrong that can: trucks that follow each other, back out or ram,
 * loops that lie, a module that falls silent, a ledger that fails, answers that come late, restarts at any
 * moment. What the daemon's runner and its store do is modelled here in a few lines; the auditor looks on.
 */
import type { PlatformAnswer, PlatformQuestion } from '../../src/core/customs-platform/exchange.ts';
import type { Direction, FactsQuery, GatheredFacts } from '../../src/core/facts.ts';
import type { PersonAct } from '../../src/core/lane/acts/person-act.ts';
import type { ServiceAct } from '../../src/core/lane/lane-act.ts';
import type {
  LaneContext,
  LaneEffect,
  LaneInputBody,
  LaneState,
  RestoredPassage,
} from '../../src/core/lane/lane-types.ts';
import { transitions } from '../../src/core/lane/passage.ts';
import { laneAtStart, step } from '../../src/core/lane/step.ts';
import type { LedgerChange } from '../../src/core/ledger-change.ts';
import type { BarrierPosition, InputPoint, Observation } from '../../src/core/observation.ts';
import { SeededRandom } from '../../src/simulation/seeded-random.ts';
import { consignment, gathered, noonMs, proof, transaction, vehicle } from './facts.ts';
import { LaneAuditor } from './lane-auditor.ts';
import { LaneStory } from './lane-story.ts';
import { LedgerModel } from './ledger-model.ts';
import { PlatformAuditor } from './platform-auditor.ts';

type Point = 'approach' | 'presence' | 'curtain' | 'exit';
const points = ['approach', 'presence', 'curtain', 'exit'] as const;

/** Which points a vehicle covers, place by place along the lane; it is gone before the first and after the last. */
const forms: readonly (readonly (readonly Point[])[])[] = [
  [
    ['approach'],
    ['approach', 'presence'],
    ['approach', 'presence', 'curtain'],
    ['approach', 'presence', 'curtain', 'exit'],
    ['presence', 'curtain', 'exit'],
    ['curtain', 'exit'],
    ['exit'],
  ],
  // Short: it leaves each loop before it reaches the next.
  [['approach'], [], ['presence'], ['presence', 'curtain'], ['curtain'], [], ['exit']],
  // A skeletal trailer: loops drop under its gap.
  [
    ['approach'],
    ['approach', 'presence'],
    ['approach', 'curtain'],
    ['approach', 'presence', 'curtain', 'exit'],
    ['presence', 'curtain'],
    ['curtain', 'exit'],
    ['exit'],
  ],
];

interface Truck {
  readonly form: (typeof forms)[number];
  readonly plate: string;
  readonly tag: string;
  readonly box: string;
  place: number;
  backs: boolean;
  /** Drives against the direction that the lane is built for. */
  readonly isMirrored: boolean;
}

const mirror: Readonly<Record<Point, Point>> = {
  approach: 'exit',
  presence: 'presence',
  curtain: 'curtain',
  exit: 'approach',
};

const plates = ['粤B11111', '粤B22222', '粤B33333', '粤B44444'] as const;
const boxes = ['CSQU3054383', 'CBHU3202732', 'HLXU2008419', 'MSKU7815459'] as const;
const tagOf = (plate: string) => `E2801100000000000000${plate.slice(2)}`;

const allowed = new Set(
  transitions.flatMap(({ from, to }) => [
    `${from} → ${to}`,
    // A vehicle whose evidence was complete on approach is judged in the step in which it stands.
    ...transitions.filter((t) => t.from === to).map((t) => `${from} → ${t.to}`),
  ]),
);

export interface ChaosOptions {
  /** Answers of look-ups and commits come before anything else, as the daemon's runner has it. */
  readonly prompt: boolean;
  /** Share of moves that are disturbances rather than traffic, 0 to 1. */
  readonly noise: number;
  /** The lane is linked to the customs gate platform. */
  readonly linked?: boolean;
}

const link = { premises: '5205000001', lane: '0000000012', answerWithinMs: 5_000 };
const words = [
  '0'.repeat(20),
  '0'.repeat(20),
  '0'.repeat(20),
  '0'.repeat(20),
  '00z00000000000000000',
  '00w00000000000000000',
  '10100000000000000000',
  'V0000000000000000000',
  'Z0000000000000000000',
  '0'.repeat(19),
] as const;

export class LaneChaos {
  readonly auditor = new LaneAuditor(allowed);
  readonly platform = new PlatformAuditor((finding) => this.auditor.findings.push(finding));
  readonly ledger = new LedgerModel();
  readonly trace: string[] = [];
  /** Purposes of orders and types of events that there were. */
  readonly types = new Set<string>();
  state: LaneState = laneAtStart;
  readonly #random: SeededRandom;
  readonly #options: ChaosOptions;
  readonly #context: LaneContext;
  readonly #timers = new Map<string, number>();
  /** Answers that are still on their way. */
  #late: LaneInputBody[] = [];
  readonly #lookups = new WeakMap<FactsQuery, GatheredFacts>();
  readonly #pending: LedgerChange[] = [];
  #ledgerFails = false;
  #trucks: Truck[] = [];
  #arm: BarrierPosition['position'] = 'closed';
  #moduleSilent = false;
  #nowMs = 1_000_000;
  #inputs = 0;
  #serviceActs = 0;
  #answered = '';
  #lineage = 0;
  #lastOpenMs = 0;
  #acts = 0;
  /** Questions to the platform that have their number; newest last. */
  readonly #questions: (PlatformQuestion & { readonly seqNo: string })[] = [];

  constructor(seed: number, options: ChaosOptions) {
    this.#random = new SeededRandom(seed);
    this.#options = options;
    const direction = this.#random.pick(['in', 'out'] as const);
    const closing = this.#random.pick(['requested', 'byController'] as const);
    const weight = this.#random.integer(2) === 0;
    const isReversible = this.#random.integer(3) === 0;
    this.#context = new LaneStory({
      hasDisplay: true,
      direction,
      isReversible,
      closing,
      requirements: { plate: true, containers: true, tag: true, weight },
      ...(options.linked && { platform: link }),
    }).context;
    this.auditor.builtFor = direction;
    this.trace.push(
      `lane ${direction}${isReversible ? ', reversible' : ''}, closing ${closing}, weight ${weight}`,
    );
    this.#tell({ kind: 'restored', passages: [] });
    this.#readModule();
  }

  /** What is wrong so far. */
  findings(): readonly string[] {
    return [...this.auditor.findings, ...this.ledger.broken];
  }

  /** One thing happens. */
  move(): void {
    if (this.#options.linked && this.#chance(0.3)) return this.#platformTells();
    const isNoise = this.#random.next() < this.#options.noise;
    if (isNoise) this.#disturb();
    else this.#traffic();
  }

  #chance(share: number): boolean {
    return this.#random.next() < share;
  }

  #traffic(): void {
    const what = this.#random.integer(14);
    if (this.#chance(0.03)) return this.#order();
    if (what < 2) return this.#arrive();
    if (what < 5) return this.#drive();
    if (what < 8) return this.#evidence();
    if (what < 9) return this.#moveArm();
    if (what < 10) return this.#answerLate();
    if (what < 12) return this.#act();
    this.pass(this.#random.pick([50, 200, 500, 1_000, 3_000, 12_000] as const));
  }

  /** An answer: to the last question or to an older one, once more, or to nobody's. */
  #platformTells(): void {
    const any = this.#questions[this.#random.integer(Math.max(1, this.#questions.length))];
    const question = this.#chance(0.8) ? this.#questions.at(-1) : any;
    if (!question) return;
    const { seqNo, premises, lane, direction } = question;
    if (this.#chance(0.05)) {
      this.#tell({ kind: 'platformTold', told: { kind: 'failed', lane, seqNo, code: 'x' } });
      return;
    }
    const answer: PlatformAnswer = {
      seqNo: this.#chance(0.95) ? seqNo : 'of-nobody',
      premises: this.#chance(0.97) ? premises : '5205000002',
      lane: this.#chance(0.97) ? lane : '0000000013',
      direction: this.#chance(0.97) ? direction : direction === 'in' ? 'out' : 'in',
      word: this.#random.pick(words),
    };
    this.#tell({ kind: 'platformTold', told: { kind: 'answered', answer } });
  }

  /** A person does something about a vehicle, mostly about what he sees there now. */
  #act(): void {
    const [passage] = this.state.passages;
    if (!passage || this.#chance(0.5)) return;
    const [truck] = this.#trucks;
    const order = { kind: 'manualRelease', reason: 'documentsSeen' } as const;
    const wish = this.#random.pick<object>([
      { kind: 'turnBack', reason: 'papers' },
      { kind: 'confirm' },
      { kind: 'confirm' },
      { kind: 'repeatOpening' },
      { kind: 'divert', place: 'inspection', withinMinutes: 30 },
      { ...order, reference: 'A-1', second: { name: 'second', role: 'customs-officer' } },
      order,
      { kind: 'correct', correction: { plate: truck?.plate ?? plates[0] } },
      {
        kind: 'correct',
        correction: {
          plate: truck?.plate ?? plates[0],
          containers: [{ position: 'single', number: truck?.box ?? boxes[0] }],
        },
      },
    ]);
    const seen = this.#chance(0.95) ? (passage.decisionId ?? null) : null;
    this.#acts += 1;
    const by = { name: 'first', role: 'supervisor', actId: `act-${this.#acts}` } as const;
    const { passageId } = passage;
    const act = { by, passageId, seen, ...wish } as PersonAct;
    this.#tell({ kind: 'personAct', act, openCases: [] });
  }

  #disturb(): void {
    switch (this.#random.integer(10)) {
      case 0:
        return this.#restart();
      case 1:
        return this.#failLedger();
      case 2:
        this.#moduleSilent = !this.#moduleSilent;
        return this.#readModule();
      case 3:
      case 4:
        return this.#lie();
      case 5:
        return this.#tellArm(
          this.#random.pick(['closed', 'open', 'between', 'contradictory', 'unknown'] as const),
        );
      case 6:
        return this.#observe({
          kind: 'deviceHealth',
          state: this.#random.pick(['up', 'silent', 'down'] as const),
        });
      case 7:
        return this.#tellInput(
          this.#random.pick(['localControl', 'barrierFault'] as const),
          this.#random.pick(['occupied', 'clear', 'unknown'] as const),
        );
      case 8:
        return this.#stranger();
      default:
        return this.pass(70_000);
    }
  }

  /** A person orders something of the lane. */
  #order(): void {
    const to = this.otherDirection();
    // Only an empty lane is turned.
    if (this.#trucks.length === 0 && this.#chance(0.7)) {
      this.act({ kind: 'turn', to });
      return this.pass(12_000);
    }
    const act = this.#random.pick<ServiceAct>([
      { kind: 'drain' },
      { kind: 'maintain' },
      { kind: 'holdOpen' },
      { kind: 'open' },
      { kind: 'turn', to },
      { kind: 'resume' },
      { kind: 'resume' },
      { kind: 'resume' },
    ]);
    this.act(act);
  }

  /** Than the lane has now. */
  otherDirection(): Direction {
    const isOut = (this.auditor.builtFor === 'out') !== this.auditor.isTurned;
    return isOut ? 'in' : 'out';
  }

  get isReversible(): boolean {
    return this.#context.settings.isReversible === true;
  }

  act(act: ServiceAct): void {
    this.#serviceActs += 1;
    this.#tell({ kind: 'serviceAct', actId: `a${this.#serviceActs}`, act, person: '张三' });
  }

  #arrive(): void {
    if (this.#trucks.length >= 3 || this.#trucks.some(({ place }) => place <= 0)) return;
    const plate = this.#random.pick(plates);
    const box = this.#random.pick(boxes);
    const form = forms[this.#random.integer(forms.length)] ?? [];
    this.#note(`${plate} arrives`);
    const isStray = this.#chance(0.03);
    const isMirrored = this.auditor.isTurned !== isStray;
    this.#trucks.push({ form, plate, tag: tagOf(plate), box, place: 0, backs: false, isMirrored });
    this.#readModule();
  }

  #drive(): void {
    const index = this.#random.integer(Math.max(1, this.#trucks.length));
    const truck = this.#trucks[index];
    if (!truck) return;
    if (this.#chance(truck.backs ? 0.1 : 0.15)) truck.backs = !truck.backs;
    const back = truck.backs;
    const covers = truck.form[truck.place + 1] ?? [];
    const atArm = covers.includes('curtain') || covers.includes('exit');
    if (!back && atArm && this.#arm === 'closed' && !this.#chance(0.02)) return;
    truck.place += back ? -1 : 1;
    this.#note(`${truck.plate} ${back ? 'backs' : 'drives'} to ${truck.place}`);
    this.#trucks = this.#trucks.filter(({ place, form }) => place >= 0 && place < form.length);
    this.#readModule();
  }

  #evidence(): void {
    const truck = this.#trucks.find(({ form, place }) => form[place]?.includes('presence'));
    if (!truck) return;
    const { plate, tag, box } = truck;
    const all = this.#chance(0.5);
    if (all || this.#chance(0.5)) this.#readPlate(plate);
    if (all || this.#chance(0.5)) this.#observe({ kind: 'tagRead', tag: tag as never });
    if (all || this.#chance(0.5)) {
      this.#observe({
        kind: 'containerNumberRead',
        replayed: false,
        containers: [{ position: 'single', raw: box, confidence: 0.96 }],
      });
    }
    if (all || this.#chance(0.5)) this.#weigh(this.#random.pick([31_240, 31_240, 0, -20] as const));
  }

  #readPlate(raw: string): void {
    const confidence = this.#random.pick([0.97, 0.97, 0.97, 0.8, 0.3] as const);
    this.#observe({ kind: 'plateRead', view: 'front', raw, confidence, replayed: false });
  }

  #weigh(weightKg: number): void {
    this.#observe({
      kind: 'weightReading',
      weightKg,
      basis: 'displayed',
      stability: { state: this.#chance(0.8) ? 'stable' : 'moving', source: 'inferred' },
      condition: 'ok',
    });
  }

  /** A reading that belongs to nobody who stands there. */
  #stranger(): void {
    if (this.#chance(0.5)) this.#observe({ kind: 'tagRead', tag: tagOf(plates[0]) as never });
    else this.#readPlate(this.#random.pick(plates));
  }

  /** The arm goes a step further, up or down, by whoever. */
  #moveArm(): void {
    const wasOpened = this.#nowMs - this.#lastOpenMs < 10_000;
    const next = {
      closed: wasOpened || this.#chance(0.1) ? 'between' : 'closed',
      between: wasOpened || this.#chance(0.3) ? 'open' : 'closed',
      open: wasOpened && !this.#chance(0.2) ? 'open' : 'between',
    } as const;
    const from = this.#arm;
    if (from !== 'closed' && from !== 'between' && from !== 'open') return;
    this.#arm = next[from];
    if (this.#arm !== from) this.#readModule();
  }

  #lie(): void {
    this.#tellInput(
      this.#random.pick(points),
      this.#random.pick(['occupied', 'clear', 'unknown'] as const),
    );
    if (this.#chance(0.7)) this.#readModule();
  }

  /** What the module's next good reply says of the lane as it is; only changes are told. */
  #readModule(): void {
    for (const point of points) {
      const covered = this.#trucks.some(({ form, place, isMirrored }) =>
        form[place]?.includes(isMirrored ? mirror[point] : point),
      );
      const state = this.#moduleSilent ? 'unknown' : covered ? 'occupied' : 'clear';
      if (this.auditor.wire[point] !== state) this.#tellInput(point, state);
    }
    const arm = this.#moduleSilent ? 'unknown' : this.#arm;
    if (this.auditor.armTold !== arm) this.#tellArm(arm);
  }

  #tellInput(point: InputPoint, state: 'occupied' | 'clear' | 'unknown'): void {
    this.#observe({ kind: 'inputChange', point, state });
  }

  #tellArm(position: BarrierPosition['position']): void {
    this.#observe({ kind: 'barrierPosition', position });
  }

  #observe(observation: Observation): void {
    const receivedAt = { wallMs: noonMs, monotonicMs: this.#nowMs };
    this.#tell({
      kind: 'observed',
      observed: { deviceId: 'device-1' as never, receivedAt, observation },
    });
  }

  #failLedger(): void {
    this.#ledgerFails = !this.#ledgerFails;
    this.#note(`the ledger ${this.#ledgerFails ? 'fails' : 'works'}`);
    if (this.#ledgerFails) return;
    if (this.#pending.length === 0) return;
    for (const change of this.#pending.splice(0)) this.#write(change);
    this.#tell({ kind: 'ledgerHealth', failing: false });
  }

  #restart(): void {
    this.#note('restart');
    this.state = laneAtStart;
    this.#timers.clear();
    this.#late = [];
    // What waited in memory is lost with the process.
    this.#pending.length = 0;
    this.#ledgerFails = false;
    this.auditor.restarted();
    this.platform.restarted();
    const passages: readonly RestoredPassage[] = this.ledger.unended();
    const { standing } = this.ledger;
    this.#tell({ kind: 'restored', passages, ...(standing && { standing }) });
    this.#readModule();
  }

  /** Lets time pass; timers fall due in their order. */
  pass(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, at]) => at <= endMs).sort((a, b) => a[1] - b[1])[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.#nowMs = Math.max(this.#nowMs, due[1]);
      this.#tell({ kind: 'timerDue', timer: due[0] });
    }
    this.#nowMs = endMs;
    this.#note(`${ms} ms pass`);
  }

  #answerLate(): void {
    const [answer] = this.#late.splice(this.#random.integer(Math.max(1, this.#late.length)), 1);
    if (answer) this.#tell(answer);
  }

  #tell(body: LaneInputBody): void {
    const queue = [body];
    for (let next = queue.shift(); next; next = queue.shift()) {
      this.#inputs += 1;
      const now = { wallMs: noonMs + this.#nowMs - 1_000_000, monotonicMs: this.#nowMs };
      const input = { ...next, id: `i${this.#inputs}`, now };
      const stepped = step(this.state, input, this.#context);
      this.state = stepped.state;
      const kinds = this.state.passages.map((p) => `${p.passageId} ${p.kind}`).join(', ');
      this.#note(`${shown(next)} → ${this.state.service.kind}, ${this.state.arm.kind}, [${kinds}]`);
      this.auditor.stepped(input, stepped.effects, this.state);
      if (this.#options.linked) this.platform.stepped(input, stepped.effects);
      for (const effect of stepped.effects) queue.push(...this.#carryOut(effect));
    }
  }

  /** What has not been answered may still be taken back, or may be written already. */
  #withdraw(withdrawn: string): void {
    this.#late = this.#late.map((late) => {
      if (late.kind !== 'orderResult' || late.commandId !== withdrawn) return late;
      return this.#random.pick([late, { ...late, result: 'withdrawn' }] as const);
    });
  }

  #carryOut(effect: LaneEffect): LaneInputBody[] {
    switch (effect.kind) {
      case 'gatherFacts':
        return this.#answer({
          kind: 'factsGathered',
          passageId: effect.passageId,
          facts: this.#gather(effect.query),
        });
      case 'lookAhead':
        return this.#answer({
          kind: 'factsForeseen',
          passageId: effect.passageId,
          facts: this.#gather(effect.query),
        });
      case 'recheckFacts':
        return this.#answer({
          kind: 'factsRechecked',
          passageId: effect.passageId,
          facts: this.#gather(effect.query),
        });
      case 'askPlatform': {
        const { question } = effect;
        const { passageId } = question;
        if (this.#chance(0.05)) {
          const asked = { kind: 'failed', code: 'platform-number-unwritten' } as const;
          return [{ kind: 'platformAsked', passageId, asked }];
        }
        const seqNo = `s${this.#inputs}`;
        this.#questions.push({ ...question, seqNo });
        return [{ kind: 'platformAsked', passageId, asked: { kind: 'asked', seqNo } }];
      }
      case 'commit':
        for (const { type } of effect.change.events) this.types.add(type);
        if (effect.tag.kind === 'record') return this.#record(effect.change);
        return this.#answer({
          kind: 'commitResult',
          tag: effect.tag,
          result: this.#decide(effect.change),
        });
      case 'order': {
        this.#note(`order ${effect.purpose}`);
        this.types.add(effect.purpose);
        const { commandId } = effect;
        const result = this.#random.pick([
          'accepted',
          'accepted',
          'accepted',
          'failed',
          'expired',
        ] as const);
        if (result === 'accepted' && effect.order === 'barrierOpen') this.#lastOpenMs = this.#nowMs;
        this.#late.push({ kind: 'orderResult', commandId, result });
        return [];
      }
      case 'withdrawOrder':
        this.#withdraw(effect.commandId);
        return [];
      case 'serviceActAnswered':
        this.#answered = effect.answer.kind;
        return [];
      case 'light':
      case 'notice':
      case 'seekCaptures':
      case 'actAnswer':
        return [];
      case 'startTimer':
        this.#timers.set(effect.timer, this.#nowMs + effect.delayMs);
        return [];
      case 'cancelTimer':
        this.#timers.delete(effect.timer);
        return [];
    }
  }

  #answer(answer: LaneInputBody): LaneInputBody[] {
    const { kind } = answer;
    const told: LaneInputBody =
      kind === 'factsGathered' && this.#chance(0.05)
        ? { kind: 'factsUnavailable', passageId: answer.passageId, detail: 'test' }
        : answer;
    if (this.#options.prompt) return [told];
    this.#late.push(told);
    return [];
  }

  #decide(change: LedgerChange): 'committed' | 'conflicted' | 'failed' {
    if (this.#ledgerFails || this.#pending.length > 0 || this.#chance(0.05)) return 'failed';
    return this.#chance(0.08) ? 'conflicted' : this.#write(change);
  }

  #write(change: LedgerChange): 'committed' | 'conflicted' {
    const result = this.ledger.apply(change);
    if (result === 'committed') this.auditor.written(change);
    return result;
  }

  /** Kept until it is written, in order; the first that must wait is told of. */
  #record(change: LedgerChange): LaneInputBody[] {
    if (this.#pending.length === 0 && !this.#ledgerFails) {
      this.#write(change);
      return [];
    }
    this.#pending.push(change);
    return this.#pending.length === 1 ? [{ kind: 'ledgerHealth', failing: true }] : [];
  }

  /** Now and then the world is as it was when it was last asked. */
  #gather(query: FactsQuery): GatheredFacts {
    const known = this.#lookups.get(query);
    if (known && this.#chance(0.5)) return known;
    const facts = { ...this.#facts(query), query };
    this.#lookups.set(query, facts);
    return facts;
  }

  #facts(query: FactsQuery): GatheredFacts {
    const { plates: plateTexts, containers } = query;
    // Every look-up finds fresh proofs, unless it is one of those that find the proofs of the one before.
    if (this.#chance(0.7)) this.#lineage += 1;
    const { direction } = query;
    const held = this.#chance(0.1);
    return gathered({
      vehicles: plateTexts.map((plate) => vehicle({ plates: [plate], tags: [tagOf(plate)] })),
      transactions: plateTexts.map((plate) =>
        transaction({
          direction,
          transactionType: direction === 'in' ? 'exportLocal' : 'importLocal',
          plate,
          containers,
        }),
      ),
      consignments: containers.map((box) => consignment({ id: `D-${box}`, containers: [box] })),
      proofs: held
        ? []
        : containers.flatMap((box) =>
            (['customs_declaration', 'terminal_release'] as const).map((proofType) =>
              proof({ proofType, containers: [box], id: `${proofType}-${box}-${this.#lineage}` }),
            ),
          ),
      uses: this.ledger.usesOf(containers),
      visits: plateTexts.flatMap((plate) => this.ledger.visitsOf(plate, direction)),
      stamp: `stamp-${this.#inputs}`,
    });
  }

  /** The faults end: everything is known, everyone answers, and the lane is as it is told to be. */
  calm(place: {
    readonly occupied: readonly Point[];
    readonly arm: 'closed' | 'open';
    /** What a person orders once everything works. */
    readonly act?: () => ServiceAct;
  }): void {
    this.#note('calm');
    if (this.#ledgerFails || this.#pending.length > 0) {
      this.#ledgerFails = true;
      this.#failLedger();
    }
    this.#answerAll();
    this.#moduleSilent = false;
    this.#trucks =
      place.occupied.length > 0
        ? [
            {
              form: [place.occupied],
              plate: plates[0],
              tag: tagOf(plates[0]),
              box: boxes[0],
              place: 0,
              backs: false,
              isMirrored: this.auditor.isTurned,
            },
          ]
        : [];
    this.#arm = place.arm;
    this.#readModule();
    this.#tellInput('localControl', 'clear');
    this.#insist({ kind: 'resume' });
    if (place.act) {
      this.pass(10_000);
      this.#answerAll();
      this.#insist(place.act());
    }
    for (let i = 0; i < 20; i++) {
      this.pass(10_000);
      this.#answerAll();
    }
  }

  /** Orders until it is on record. */
  #insist(act: ServiceAct): void {
    do {
      this.act(act);
      this.#answerAll();
    } while (this.#answered === 'unrecorded');
  }

  #answerAll(): void {
    while (this.#late.length > 0) this.#answerLate();
  }

  #note(text: string): void {
    this.trace.push(text);
    if (this.trace.length > 120) this.trace.splice(1, 1);
  }
}

function shown(body: LaneInputBody): string {
  switch (body.kind) {
    case 'observed': {
      const { observation } = body.observed;
      if (observation.kind === 'inputChange') return `${observation.point} ${observation.state}`;
      if (observation.kind === 'barrierPosition') return `arm ${observation.position}`;
      return observation.kind;
    }
    case 'timerDue':
      return `due ${body.timer}`;
    case 'commitResult':
      return `${body.tag.kind} ${body.result}`;
    case 'serviceAct':
      return `act ${body.act.kind}`;
    case 'orderResult':
      return `order ${body.result}`;
    case 'ledgerHealth':
      return `ledger ${body.failing ? 'failing' : 'works'}`;
    case 'restored':
      return `restored ${body.standing?.directive.kind} ${body.passages.map((p) => `${p.passageId} ${p.disposition} ${p.crossed}`)}`;
    default:
      return body.kind;
  }
}
