/**
 * Watches a lane from outside and says what it must never do. It shares no code with the lane: it knows the
 * words of inputs and effects, what the devices have told, and what was committed, and draws its own conclusions.
 */

import type { LaneEffect, LaneInput, LaneState } from '../../src/core/lane/lane-types.ts';
import type { LedgerChange } from '../../src/core/ledger-change.ts';
import type { BarrierPosition, InputPoint } from '../../src/core/observation.ts';
import { ActAuditor, type Told } from './act-auditor.ts';
import { SecondPlateAuditor } from './second-plate-auditor.ts';

type Order = Extract<LaneEffect, { kind: 'order' }>;

interface Watched {
  readonly id: string;
  /** Committed, with the right to open. */
  command?: string;
  /** All that were decided for it, oldest first. */
  readonly commands: string[];
  decision?: string;
  releases: number;
  orders: number;
  departures: number;
  crossed: boolean;
  authorised: boolean;
  /** A clerk knows of it. */
  hasCase: boolean;
  ended: boolean;
  settled: 'consumed' | 'returned' | undefined;
  /** Something that stood for its whereabouts was unknown, or the daemon was away. */
  lostSight: boolean;
  exitCut: boolean;
  /** Approach was occupied when presence cleared. */
  leftBackwards: boolean;
  /** The lane was seen empty long enough: whoever comes now is another. */
  away: boolean;
}

/** Outcomes of who crossed without a right. */
const goneWithout = ['tailgated', 'evacuated', 'passedLocally'];

/** How long a loop must be clear before it counts, as the lane is set, ms. */
const clearMs = 1_000;
const sight = ['approach', 'presence', 'exit'] as const;

export class LaneAuditor {
  readonly findings: string[] = [];
  /** As wired, for the direction the lane is built for. */
  readonly wire: Record<InputPoint, 'occupied' | 'clear' | 'unknown'> = {
    approach: 'unknown',
    presence: 'unknown',
    exit: 'unknown',
    curtain: 'unknown',
    deckFront: 'unknown',
    deckRear: 'unknown',
    localControl: 'unknown',
    barrierFault: 'unknown',
  };
  builtFor = 'in';
  readonly #acts = new ActAuditor((finding) => this.#find(finding));
  readonly #seconds = new SecondPlateAuditor((finding) => this.#find(finding));
  armTold: BarrierPosition['position'] = 'unknown';
  #notice: string | undefined;
  #lastLimit: 'closed' | 'open' | undefined;
  #departed = false;
  #toldAtMs = 0;
  #emptySinceMs: number | undefined;
  #passages = new Map<string, Watched>();
  readonly #unwritten = new Set<string>();
  /** What is on record: all that anybody knows after a restart. */
  readonly #durable: LedgerChange[] = [];
  readonly #asked = new Map<string, LedgerChange>();
  readonly #timers = new Set<string>();
  #kinds = new Map<string, string>();
  readonly #allowed: ReadonlySet<string>;

  /** `allowed`: the moves that the passage's diagram draws, as `from → to`. */
  constructor(allowed: ReadonlySet<string>) {
    this.#allowed = allowed;
  }

  /** Against the direction it is built for. */
  get isTurned(): boolean {
    return this.#acts.isTurned(this.builtFor);
  }

  /** In the direction that the lane has now. */
  get told(): Readonly<Record<InputPoint, 'occupied' | 'clear' | 'unknown'>> {
    const { wire } = this;
    return this.isTurned ? { ...wire, approach: wire.exit, exit: wire.approach } : wire;
  }

  #toldOfLane(): Told {
    const { approach, presence, exit, curtain, localControl } = this.told;
    return { loops: [approach, presence, exit], curtain, key: localControl, arm: this.armTold };
  }

  /** Let through, and neither over the line, nor a clerk's case, nor gone. */
  underWay(): readonly Watched[] {
    return [...this.#passages.values()].filter(
      (p) => p.orders > 0 && !p.crossed && !p.hasCase && !p.ended && !p.away,
    );
  }

  unended(): readonly string[] {
    return [...this.#passages.values()].filter((p) => !p.ended).map((p) => p.id);
  }

  hasCase(id: string): boolean {
    return this.#passages.get(id)?.hasCase ?? false;
  }

  /** A change has been written. */
  written(change: LedgerChange): void {
    this.#durable.push(change);
    this.#acts.written(change);
  }

  restarted(): void {
    for (const point of Object.keys(this.wire) as InputPoint[]) this.wire[point] = 'unknown';
    this.#acts.restarted();
    this.armTold = 'unknown';
    this.#lastLimit = undefined;
    this.#departed = false;
    this.#timers.clear();
    this.#asked.clear();
    this.#kinds = new Map();
    this.#recall();
  }

  /** What was never written is unknown to everyone, but for the orders: they have left. */
  #recall(): void {
    const before = this.#passages;
    const found = this.findings.length;
    this.#passages = new Map();
    for (const change of this.#durable) {
      if (change.decision) this.#committed(change.decision.passageId, change);
      this.#read(change, { exitEdge: true });
    }
    this.findings.length = found;
    for (const [id, passage] of this.#passages) {
      passage.lostSight = true;
      passage.orders = before.get(id)?.orders ?? 0;
    }
  }

  stepped(input: LaneInput, effects: readonly LaneEffect[], state: LaneState): void {
    const before = { ...this.told };
    const wasFalling = this.#isFalling();
    this.#acts.hear(input);
    const departures = this.#hear(input);
    this.#seconds.hear(input, before, this.told);
    const becomes = (point: 'exit' | 'curtain') =>
      before[point] !== 'occupied' && this.told[point] === 'occupied';
    // Who stood on the exit line, as if he came from the far side, and is past the arm now.
    const isPastArm = this.told.exit === 'occupied' && becomes('curtain');
    const exitEdge = becomes('exit') || isPastArm;
    const changes = effects.flatMap((effect) => (effect.kind === 'commit' ? [effect.change] : []));
    for (const change of changes) this.#read(change, { exitEdge });
    const counted = changes
      .flatMap(({ events }) => events)
      .filter(
        ({ type, data }) =>
          type === 'barrier.movedUncommanded.v1' ||
          type === 'barrier.openedByOrder.v1' ||
          (type === 'barrier.opened.v1' && data['seenAfterRestart'] !== true),
      ).length;
    if (counted !== departures) this.#find(`${departures} departures, ${counted} counted`);
    this.#acts.stepped(input, effects, this.#toldOfLane());
    for (const effect of effects) {
      if (effect.kind === 'order') this.#judge(effect, input);
      if (effect.kind === 'light' && effect.colour === 'green') this.#judgeGreen(state);
      if (effect.kind === 'notice') this.#notice = effect.notice.kind;
      if (effect.kind === 'commit' && effect.tag.kind === 'decision') {
        this.#asked.set(effect.tag.passageId, effect.change);
      }
      if (effect.kind === 'startTimer') this.#timers.add(effect.timer);
      if (effect.kind === 'cancelTimer') this.#timers.delete(effect.timer);
    }
    this.#judgeRaise(effects, { wasFalling, curtainEdge: before.curtain !== 'occupied' });
    this.#judgeState(state);
    this.#judgeNotice(state);
  }

  /** Takes in what is told; returns how many times the arm has left closed. */
  #hear(input: LaneInput): number {
    if (input.kind === 'timerDue') this.#timers.delete(input.timer);
    if (input.kind === 'commitResult' && input.tag.kind === 'decision') {
      const change = this.#asked.get(input.tag.passageId);
      this.#asked.delete(input.tag.passageId);
      if (change && input.result === 'committed') this.#committed(input.tag.passageId, change);
    }
    if (
      input.kind === 'orderResult' &&
      (input.result === 'expired' || input.result === 'withdrawn')
    )
      this.#unwritten.add(input.commandId);
    if (input.kind !== 'observed') return 0;
    const { observation } = input.observed;
    this.#noteEmpty(input.now.monotonicMs);
    if (observation.kind === 'inputChange') this.#hearInput(observation.point, observation.state);
    if (observation.kind !== 'barrierPosition') return 0;
    this.armTold = observation.position;
    switch (observation.position) {
      case 'closed':
        this.#lastLimit = 'closed';
        this.#departed = false;
        return 0;
      case 'between':
      case 'open': {
        const left = this.#lastLimit === 'closed' && !this.#departed;
        this.#departed ||= left;
        if (observation.position === 'open') this.#lastLimit = 'open';
        return left ? 1 : 0;
      }
      default:
        return 0;
    }
  }

  #hearInput(point: InputPoint, state: 'occupied' | 'clear' | 'unknown'): void {
    const mirrored = { approach: 'exit', exit: 'approach' } as const;
    const role =
      this.isTurned && (point === 'approach' || point === 'exit') ? mirrored[point] : point;
    const before = this.wire[point];
    this.wire[point] = state;
    for (const passage of this.#passages.values()) {
      if (passage.ended || passage.away) continue;
      if (state === 'unknown' && sight.some((each) => each === role)) passage.lostSight = true;
      if (role === 'exit' && state === 'occupied') passage.exitCut = true;
      if (point === 'presence' && state === 'occupied') passage.leftBackwards = false;
      if (point === 'presence' && before === 'occupied' && state === 'clear') {
        passage.leftBackwards = this.told.approach === 'occupied';
      }
    }
  }

  /** Looks at the time up to now, in which nothing was told. */
  #noteEmpty(nowMs: number): void {
    const { approach, presence, exit, curtain } = this.told;
    const isEmpty =
      approach === 'clear' && presence === 'clear' && exit === 'clear' && curtain !== 'occupied';
    if (!isEmpty) this.#emptySinceMs = undefined;
    else this.#emptySinceMs ??= this.#toldAtMs;
    const isLong = this.#emptySinceMs !== undefined && nowMs - this.#emptySinceMs >= clearMs;
    for (const passage of this.#passages.values()) passage.away ||= isLong;
    this.#toldAtMs = nowMs;
  }

  #isFalling(): boolean {
    return this.armTold === 'between' && this.#lastLimit === 'open';
  }

  #watched(id: string): Watched {
    const known = this.#passages.get(id);
    if (known) return known;
    const passage: Watched = {
      id,
      commands: [],
      releases: 0,
      orders: 0,
      departures: 0,
      crossed: false,
      authorised: false,
      hasCase: false,
      ended: false,
      settled: undefined,
      lostSight: false,
      exitCut: false,
      leftBackwards: false,
      away: false,
    };
    this.#passages.set(id, passage);
    return passage;
  }

  #committed(id: string, change: LedgerChange): void {
    const passage = this.#watched(id);
    const opens = change.decision?.opening !== undefined;
    if (change.act) {
      // The word of a person: its decision is another one, with a right of its own.
      if (!change.events.some(({ type }) => type === 'person.acted.v1'))
        this.#find(`${id}: an act that no entry tells of`);
      delete passage.command;
      Object.assign(passage, { hasCase: false, orders: 0, departures: 0 });
    } else {
      if (passage.hasCase && !passage.crossed && opens)
        this.#find(`${id}: let through although a person was asked`);
      if (opens && !change.reserve) this.#find(`${id}: let through by itself on nothing`);
    }
    if (change.exception) passage.hasCase = true;
    passage.releases = change.reserve?.releases.length ?? 0;
    const opening = change.decision?.opening;
    if (!opening) return;
    if (passage.command !== undefined) this.#find(`${id}: a second right to open`);
    passage.command = opening.commandId;
    passage.commands.push(opening.commandId);
    passage.decision = change.decision?.decisionId;
  }

  #read(change: LedgerChange, at: { readonly exitEdge: boolean }): void {
    if (change.decision) return;
    for (const { type, subject, data } of change.events) {
      const passage = this.#passages.get(subject);
      if (passage?.ended) this.#find(`${type} of ${subject}, which has ended`);
      switch (type) {
        case 'passage.started.v1':
          if (passage) this.#find(`${subject} started twice`);
          this.#watched(subject);
          break;
        case 'exception.opened.v1':
          this.#watched(subject).hasCase = true;
          break;
        case 'barrier.opened.v1':
          this.#opened(subject, String(data['commandId']));
          break;
        case 'passage.crossed.v1':
          this.#crossed(this.#watched(subject), data, { change, ...at });
          break;
        case 'passage.ended.v1':
          this.#judgeOutcome(this.#watched(subject), String(data['outcome']));
          this.#ended(this.#watched(subject), change);
          break;
      }
    }
  }

  #opened(id: string, command: string): void {
    const passage = this.#watched(id);
    passage.departures += 1;
    // An order that was never written moves nothing; one that was may move a slow arm after the next was given.
    const due = passage.commands.findLast((each) => !this.#unwritten.has(each));
    if (due !== command) this.#find(`the arm left on ${command}, and ${due} is due`);
    if (passage.departures > 1) this.#find(`${command} pays for ${passage.departures} departures`);
  }

  #crossed(
    passage: Watched,
    data: Readonly<Record<string, unknown>>,
    { change, exitEdge }: { change: LedgerChange; exitEdge: boolean },
  ): void {
    const { id } = passage;
    const authorised = data['authorised'] === true;
    if (passage.crossed) this.#find(`${id} crossed twice`);
    const isWitnessed = this.#seconds.crossed(id, data);
    const isAtLine =
      exitEdge || isWitnessed || (passage.lostSight && this.told.exit === 'occupied');
    if (!isAtLine) this.#find(`${id} crossed and the exit line was not cut`);
    passage.crossed = true;
    passage.authorised = authorised;
    if (change.settle?.as === 'returned') this.#find(`${id} crossed and its release was returned`);
    if (!authorised) {
      if (change.settle) this.#find(`${id} crossed without a right and its release was settled`);
      if ((change.visits ?? []).length > 0)
        this.#find(`${id} crossed without a right into a visit`);
      return;
    }
    if (passage.command === undefined) this.#find(`${id} crossed with a right nobody gave`);
    if (passage.orders === 0 && passage.departures === 0) {
      this.#find(`${id} crossed by right although the arm never rose for it`);
    }
    if (passage.releases === 0) return;
    if (change.settle?.as !== 'consumed') this.#find(`${id} crossed and used nothing`);
    this.#settle(passage, 'consumed');
  }

  #ended(passage: Watched, change: LedgerChange): void {
    passage.ended = true;
    const { id } = passage;
    if (change.settle) this.#settle(passage, change.settle.as);
    if (change.settle?.as === 'consumed') this.#find(`${id} used its release at its end`);
    if (change.settle?.as === 'returned') {
      if (passage.exitCut) this.#find(`${id} cut the exit line and its release was returned`);
      if (passage.lostSight) this.#find(`${id} was out of sight and its release was returned`);
      if (!passage.leftBackwards) this.#find(`${id} did not leave backwards: release returned`);
      if (this.armTold !== 'closed') this.#find(`${id}: release returned with the arm up`);
      return;
    }
    const letThrough = passage.command !== undefined && !passage.crossed;
    if (letThrough && passage.releases > 0 && !passage.hasCase) {
      this.#find(`${id} is gone, its release is neither used nor returned, and nobody is told`);
    }
  }

  #judgeOutcome({ id, crossed, authorised }: Watched, outcome: string): void {
    const isRight =
      outcome === 'passed' || outcome === 'diverted'
        ? crossed && authorised
        : goneWithout.includes(outcome) === (crossed && !authorised) && !(crossed && authorised);
    if (!isRight)
      this.#find(`${id} ended as ${outcome}, crossed ${crossed} by right ${authorised}`);
  }

  #settle(passage: Watched, as: 'consumed' | 'returned'): void {
    if (passage.settled) this.#find(`${passage.id}: ${passage.settled}, then ${as}`);
    passage.settled = as;
  }

  #judge(order: Order, input: LaneInput): void {
    this.#acts.judge(order, this.#toldOfLane());
    if (order.purpose === 'act') return;
    if (order.purpose === 'close') return this.#judgeClose();
    if (order.purpose === 'safetyRaise') return;
    const passage = [...this.#passages.values()].find((p) => p.command === order.commandId);
    if (!passage)
      return this.#find(`order to open ${order.commandId} without a committed decision`);
    passage.orders += 1;
    const { id } = passage;
    this.#acts.judgeOpening(id, this.#toldOfLane());
    const isAnswer = input.kind === 'commitResult' && input.result === 'committed';
    if (!isAnswer) this.#find(`${id}: order to open as the answer to ${input.kind}`);
    if (passage.orders > 1) this.#find(`${id}: ${passage.orders} orders on one decision`);
    if (passage.crossed || passage.ended || passage.hasCase) this.#find(`${id}: order too late`);
    if (this.told.presence !== 'occupied') {
      this.#find(`${id}: order to open, and presence is ${this.told.presence}`);
    }
    if (this.armTold !== 'closed')
      this.#find(`${id}: order to open an arm that is ${this.armTold}`);
  }

  #judgeClose(): void {
    const { presence, curtain, exit, approach } = this.told;
    if (presence !== 'clear' || curtain !== 'clear' || exit !== 'clear') {
      this.#find(`close with presence ${presence}, curtain ${curtain}, exit ${exit}`);
    }
    if (this.underWay().length > 0 && approach !== 'clear') {
      this.#find(`close before ${this.underWay().map(({ id }) => id)}, who waits on approach`);
    }
  }

  #judgeGreen(state: LaneState): void {
    if (this.#acts.isHeld) return;
    if (this.underWay().length === 0 && !state.passages.some((p) => p.lostSight)) {
      this.#find('green with nobody let through');
    }
    if (state.service.kind !== 'inService' && state.service.kind !== 'draining')
      this.#find(`green in service mode ${state.service.kind}`);
  }

  /** What the driver reads now, whenever it was told. */
  #judgeNotice(state: LaneState): void {
    if (this.#notice !== 'go') return;
    this.#judgeGreen(state);
    if (this.armTold === 'closed' || this.armTold === 'unknown') {
      this.#find(`"go" before an arm that is ${this.armTold}`);
    }
  }

  /** An arm that falls on a vehicle is raised, whatever else is the matter. */
  #judgeRaise(
    effects: readonly LaneEffect[],
    seen: { readonly wasFalling: boolean; readonly curtainEdge: boolean },
  ): void {
    const begins = !seen.wasFalling || seen.curtainEdge;
    if (!this.#isFalling() || this.told.curtain !== 'occupied' || !begins) return;
    if (!effects.some((e) => e.kind === 'order' && e.purpose === 'safetyRaise')) {
      this.#find('the arm falls on a vehicle and is not raised');
    }
  }

  #judgeState(state: LaneState): void {
    const { passages, recent, leavingTags, timers, dropped } = state;
    if (passages.length > 4) this.#find(`${passages.length} passages`);
    if (recent.length > 16 || leavingTags.length > 16) this.#find('readings without end');
    if (Object.keys(dropped).length > 16) this.#find('reasons without end');
    for (const { evidence } of passages) {
      const { plates, containers, tags, weighing } = evidence;
      const longest = Math.max(plates.length, containers.length, tags.length);
      if (longest > 16 || weighing.curve.length > 64) this.#find('evidence without end');
    }
    const expected = [...this.#timers].sort().join();
    if ([...timers].sort().join() !== expected) this.#find(`timers ${timers}, run ${expected}`);
    // Two of the arm, two of orders, seven of the watch over what the lane is built of, three of each vehicle.
    if (timers.length > 2 + 2 + 7 + 3 * passages.length) this.#find(`${timers.length} timers`);
    this.#judgeKinds(state);
  }

  #judgeKinds({ passages }: LaneState): void {
    const now = new Map(passages.map((p) => [String(p.passageId), String(p.kind)]));
    for (const [id, kind] of now) {
      const before = this.#kinds.get(id);
      const move = `${before} → ${kind}`;
      if (before !== undefined && before !== kind && !this.#allowed.has(move)) {
        this.#find(`${id}: ${move} is not in the diagram`);
      }
    }
    this.#kinds = now;
  }

  #find(finding: string): void {
    this.findings.push(finding);
  }
}
