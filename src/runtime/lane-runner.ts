/**
 * Runs one lane: one queue, one input at a time, the same machine for devices, timers and answers. Effects
 * are carried out in order; what they answer is taken before anything that waits in the queue, so between
 * the last evidence and the write of the order nothing happens but the commit.
 */
import type { PlatformQuestion, PlatformTold } from '../core/customs-platform/exchange.ts';
import type { TagVerdict } from '../core/gate/tag-field.ts';
import type { CommandId, LaneId } from '../core/identity.ts';
import type { ActAnswer, PersonAct } from '../core/lane/acts/person-act.ts';
import type { ServiceAct, ServiceActAnswer } from '../core/lane/lane-act.ts';
import type { LaneStanding } from '../core/lane/lane-directive.ts';
import type {
  LaneContext,
  LaneEffect,
  LaneInputBody,
  LaneState,
  LaneStep,
  RestoredPassage,
} from '../core/lane/lane-types.ts';
import { laneAtStart, step } from '../core/lane/step.ts';
import type { LedgerChange } from '../core/ledger-change.ts';
import type { LatePictureReference, ObservedAt } from '../core/observation.ts';
import type { CommitResult } from '../ports/ledger.ts';
import type { OrderResult } from './device.ts';
import type { LaneRunnerPorts } from './lane-ports.ts';
import { RecordKeeper } from './record-keeper.ts';

/** Inputs that may wait in a lane's queue; beyond it repeating readings are shed and counted. */
const queueMax = 512;

export class LaneRunner {
  readonly laneId: string;
  readonly #context: LaneContext;
  readonly #ports: LaneRunnerPorts;
  readonly #records: RecordKeeper;
  readonly #queue: LaneInputBody[] = [];
  readonly #timers = new Set<string>();
  readonly #answers = new Map<string, ActAnswer>();
  /** Who waits for the answer to an act. */
  readonly #serviceActs = new Map<string, (answer: ServiceActAnswer) => void>();
  #state: LaneState = laneAtStart;
  #busy = false;
  /** Orders that have not been answered. */
  readonly #underWay = new Map<CommandId, AbortController>();
  #stopped = false;
  #shed = 0;

  constructor(context: LaneContext, ports: LaneRunnerPorts) {
    this.laneId = context.settings.laneId;
    this.#context = context;
    this.#ports = ports;
    this.#records = new RecordKeeper({
      timers: ports.timers,
      timerId: `${this.laneId}/records`,
      commit: (change) => this.#commit(change),
      onCommitted: () => ports.onCommitted(),
      onHealth: (failing) => this.#accept({ kind: 'ledgerHealth', failing }),
      onLost: ({ events }) =>
        this.#log('error', 'records lost: the ledger has failed too long', { events }),
    });
  }

  get id(): LaneId {
    return this.#context.settings.laneId;
  }

  get state(): LaneState {
    return this.#state;
  }

  /** Readings left out because the queue was full. */
  get shedReadings(): number {
    return this.#shed;
  }

  /** Records that wait for the ledger. */
  get pendingRecords(): number {
    return this.#records.waiting;
  }

  observe(observed: ObservedAt): void {
    this.#accept({ kind: 'observed', observed });
  }

  /** Files of the feed were applied: whoever was let through is looked at again. */
  feedChanged(): void {
    this.#accept({ kind: 'feedChanged' });
  }

  /** Several lanes hear one tag. */
  tagSettled(verdict: TagVerdict): void {
    this.#accept({ kind: 'tagSettled', verdict });
  }

  /** A station ahead of the lane has taken a capture. */
  captureTaken(): void {
    this.#accept({ kind: 'captureTaken' });
  }

  /** The customs gate platform has answered a question, of this vehicle or of another. */
  platformTold(told: PlatformTold): void {
    this.#accept({ kind: 'platformTold', told });
  }

  pictured(pictured: LatePictureReference): void {
    this.#accept({ kind: 'pictured', pictured });
  }

  /** An act of a person; it is carried out, or refused, before this returns. */
  act(act: PersonAct, openCases: readonly string[]): ActAnswer {
    const { actId } = act.by;
    this.#ports.acted?.({ kind: 'acted', laneId: this.laneId, act });
    this.#accept({ kind: 'personAct', act, openCases });
    const answer = this.#answers.get(actId);
    this.#answers.delete(actId);
    return answer ?? { kind: 'refused', code: 'act-lane-stopped' };
  }

  restore(passages: readonly RestoredPassage[], standing?: LaneStanding): void {
    this.#accept({ kind: 'restored', passages, ...(standing && { standing }) });
  }

  /** A person orders something of the lane; answered when it is on record, or refused. */
  serviceAct(act: ServiceAct, person: string): Promise<ServiceActAnswer> {
    if (this.#stopped) return Promise.resolve({ kind: 'refused', reason: 'disabled' });
    const actId = this.#ports.ids.next();
    this.#ports.acted?.({ kind: 'ordered', laneId: this.laneId, act, person });
    return new Promise((resolve) => {
      this.#serviceActs.set(actId, resolve);
      this.#accept({ kind: 'serviceAct', actId, act, person });
    });
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers) this.#ports.timers.cancel(timer);
    this.#records.stop();
  }

  #accept(input: LaneInputBody): void {
    if (this.#stopped) return;
    if (this.#queue.length >= queueMax) this.#shedOne();
    this.#queue.push(input);
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#queue.shift(); next; next = this.#queue.shift()) this.#take(next);
    } finally {
      this.#busy = false;
    }
  }

  /** Readings repeat themselves; edges, answers and timers do not, so readings go first. */
  #shedOne(): void {
    const index = this.#queue.findIndex(isSheddable);
    this.#queue.splice(Math.max(index, 0), 1);
    this.#shed += 1;
    if (this.#shed % 1_000 === 1)
      this.#log('warn', 'lane queue full: readings dropped', { dropped: this.#shed });
  }

  #take(input: LaneInputBody): void {
    const answers: LaneInputBody[] = [input];
    for (let next = answers.shift(); next; next = answers.shift()) {
      const stepped = this.#step(next);
      this.#state = stepped.state;
      for (const effect of stepped.effects) {
        const answer = this.#carryOut(effect);
        if (answer) answers.push(answer);
      }
    }
    this.#ports.onStep(this.#state);
  }

  /** Facts that no decision can be made of are none: the truck becomes a case, and the lane goes on. */
  #step(input: LaneInputBody): LaneStep {
    const { clock, ids } = this.#ports;
    try {
      return step(this.#state, { ...input, id: ids.next(), now: clock.now() }, this.#context);
    } catch (error) {
      if (input.kind === 'factsForeseen') return this.#withoutForesight(error);
      if (input.kind === 'factsRechecked') return this.#withoutRecheck(error);
      if (input.kind !== 'factsGathered') throw error;
      const { passageId } = input;
      this.#log('error', 'a decision failed', { passageId, error: String(error) });
      return this.#step({ kind: 'factsUnavailable', passageId, detail: String(error) });
    }
  }

  #carryOut(effect: LaneEffect): LaneInputBody | undefined {
    switch (effect.kind) {
      case 'gatherFacts':
        return this.#gather(effect);
      case 'lookAhead':
        return this.#lookAhead(effect);
      case 'recheckFacts':
        return this.#recheck(effect);
      case 'seekCaptures':
        return this.#seek(effect);
      case 'askPlatform':
        return this.#askPlatform(effect.question);
      case 'commit':
        if (effect.tag.kind !== 'record') return this.#commitAwaited(effect);
        this.#records.write(effect.change);
        return undefined;
      case 'order':
        this.#order(effect);
        return undefined;
      case 'withdrawOrder':
        this.#underWay.get(effect.commandId)?.abort();
        return undefined;
      case 'actAnswer':
        this.#answers.set(effect.actId, effect.answer);
        return undefined;
      case 'serviceActAnswered':
        this.#answered(effect);
        return undefined;
      case 'light':
        this.#ports.light(effect.colour);
        return undefined;
      case 'notice':
        this.#ports.notice?.(effect.notice);
        return undefined;
      case 'startTimer':
        this.#startTimer(effect.timer, effect.delayMs);
        return undefined;
      case 'cancelTimer':
        this.#timers.delete(`${this.laneId}/${effect.timer}`);
        this.#ports.timers.cancel(`${this.laneId}/${effect.timer}`);
        return undefined;
    }
  }

  #answered({ actId, answer }: Extract<LaneEffect, { kind: 'serviceActAnswered' }>): void {
    this.#serviceActs.get(actId)?.(answer);
    this.#serviceActs.delete(actId);
  }

  #startTimer(timer: string, delayMs: number): void {
    const id = `${this.laneId}/${timer}`;
    this.#timers.add(id);
    this.#ports.timers.start(id, delayMs, () => {
      this.#timers.delete(id);
      this.#accept({ kind: 'timerDue', timer });
    });
  }

  #gather({ passageId, query }: Extract<LaneEffect, { kind: 'gatherFacts' }>): LaneInputBody {
    try {
      return { kind: 'factsGathered', passageId, facts: this.#ports.facts.gather(query) };
    } catch (error) {
      this.#log('error', 'release facts could not be read', { error: String(error) });
      return { kind: 'factsUnavailable', passageId, detail: String(error) };
    }
  }

  #lookAhead({
    passageId,
    query,
  }: Extract<LaneEffect, { kind: 'lookAhead' }>): LaneInputBody | undefined {
    try {
      return { kind: 'factsForeseen', passageId, facts: this.#ports.facts.gather(query) };
    } catch (error) {
      this.#withoutForesight(error);
      return undefined;
    }
  }

  /** What cannot be looked up now says nothing new. */
  #recheck({
    passageId,
    query,
  }: Extract<LaneEffect, { kind: 'recheckFacts' }>): LaneInputBody | undefined {
    try {
      return { kind: 'factsRechecked', passageId, facts: this.#ports.facts.gather(query) };
    } catch (error) {
      this.#log('warn', 'release facts could not be looked at again', { error: String(error) });
      return undefined;
    }
  }

  #askPlatform(question: PlatformQuestion): LaneInputBody {
    const { platform } = this.#ports;
    const asked = platform?.ask(question) ?? { kind: 'failed', code: 'platform-not-linked' };
    return { kind: 'platformAsked', passageId: question.passageId, asked };
  }

  #seek(effect: Extract<LaneEffect, { kind: 'seekCaptures' }>): LaneInputBody | undefined {
    const { passageId, stations, vehicle } = effect;
    const found = this.#ports.stations?.seek(stations, vehicle) ?? [];
    return found.length === 0 ? undefined : { kind: 'capturesFound', passageId, found };
  }

  /** What fails ahead fails again, and is told, when the decision is due. */
  #withoutForesight(error: unknown): LaneStep {
    this.#log('warn', 'release facts could not be made ready', { error: String(error) });
    return { state: this.#state, effects: [] };
  }

  /** What was committed stands; facts that cannot be judged are no reason to stop the lane. */
  #withoutRecheck(error: unknown): LaneStep {
    this.#log('error', 'release facts could not be looked at again', { error: String(error) });
    return { state: this.#state, effects: [] };
  }

  /** A decision or an order of a person: what cannot be written now is not done. */
  #commitAwaited({ tag, change }: Extract<LaneEffect, { kind: 'commit' }>): LaneInputBody {
    const result = this.#records.waiting > 0 ? 'failed' : this.#tryToCommit(change);
    if (result === 'committed') this.#ports.onCommitted();
    return { kind: 'commitResult', tag, result };
  }

  /** What the ledger cannot take in its form, too long for an entry perhaps, opens nothing. */
  #tryToCommit(change: LedgerChange): CommitResult['kind'] {
    try {
      return this.#commit(change).kind;
    } catch (error) {
      this.#log('error', 'the ledger refused a decision', { error: String(error) });
      return 'failed';
    }
  }

  #commit(change: LedgerChange): CommitResult {
    const result = this.#ports.ledger.commit(change);
    if (result.kind === 'failed') {
      const { code, detail } = result;
      this.#log('error', 'the ledger could not be written: nothing opens by itself', {
        code,
        detail,
      });
    }
    return result;
  }

  #order(effect: Extract<LaneEffect, { kind: 'order' }>): void {
    const { order: kind, purpose, commandId, notAfterMonotonicMs } = effect;
    const withdrawal = new AbortController();
    this.#underWay.set(commandId, withdrawal);
    const answered = (result: OrderResult) => {
      this.#underWay.delete(commandId);
      this.#accept({ kind: 'orderResult', commandId, result });
    };
    const { signal: withdrawn } = withdrawal;
    const order = { kind, purpose, commandId, notAfterMonotonicMs, withdrawn };
    this.#ports.order(order).then(answered, (error) => {
      this.#log('error', 'an order failed', { commandId, error: String(error) });
      answered('failed');
    });
  }

  #log(level: 'warn' | 'error', message: string, detail: Readonly<Record<string, unknown>>): void {
    this.#ports.log(level, message, { laneId: this.laneId, ...detail });
  }
}

/** A late picture is on the disk and in its rows all the same. */
function isSheddable(input: LaneInputBody): boolean {
  if (input.kind === 'pictured') return true;
  return input.kind === 'observed' && isRepeating(input.observed);
}

function isRepeating({ observation }: ObservedAt): boolean {
  const { kind } = observation;
  return kind === 'weightReading' || kind === 'tagRead' || kind === 'driverCardRead';
}
