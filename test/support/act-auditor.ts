/**
 * Watches what persons order of a lane, beside the lane's auditor: nobody new is let in when it is ordered closed,
 * nothing goes up without an order that stands, and a lane is turned only when it is empty. It shares no code with
 * the lane.
 */
import type { LaneEffect, LaneInput } from '../../src/core/lane/lane-types.ts';
import type { LedgerChange } from '../../src/core/ledger-change.ts';

type Order = Extract<LaneEffect, { kind: 'order' }>;

/** What the devices have told of the lane, in the direction it has now. */
export interface Told {
  readonly loops: readonly ('occupied' | 'clear' | 'unknown')[];
  readonly curtain: 'occupied' | 'clear' | 'unknown';
  readonly key: 'occupied' | 'clear' | 'unknown';
  readonly arm: string;
}

/** As the lane of the stories is set, ms. */
const turnAfterMs = 5_000;

/** Inputs are numbered; a passage has the id of the one it began with. */
const numberOf = (id: string) => Number(id.replace(/^i/, ''));

export class ActAuditor {
  readonly #find: (finding: string) => void;
  /** Asked of the ledger, by act. */
  readonly #asked = new Map<string, string>();
  #stands = 'serve';
  #direction: string | undefined;
  #lane: LedgerChange['lane'];
  /** Who came with this input or later is not let in. */
  #closedSince: number | undefined;
  #turnedAt = 0;
  /** A person has ordered the arm held up in this run. */
  #isHeld = false;
  #light = 'red';
  #openedNow = false;
  #restSinceMs: number | undefined;
  #toldAtMs = 0;
  #directions = new Map<string, string>();

  constructor(find: (finding: string) => void) {
    this.#find = find;
  }

  /** The lane is turned against the direction it was built for. */
  isTurned(builtFor: string): boolean {
    return this.#direction !== undefined && this.#direction !== builtFor;
  }

  /** A person holds the arm up, whether it is up or not. */
  get isHeld(): boolean {
    return this.#stands === 'holdOpen';
  }

  written({ lane }: LedgerChange): void {
    if (lane) this.#lane = lane;
  }

  /** What was written stands; what was raised by order before is over. */
  restarted(): void {
    this.#asked.clear();
    this.#stands = this.#lane?.directive.kind ?? 'serve';
    this.#direction = this.#lane?.direction;
    this.#closedSince = ['drain', 'maintain', 'turn'].includes(this.#stands) ? 0 : undefined;
    this.#isHeld = false;
    this.#light = 'red';
    this.#restSinceMs = undefined;
  }

  hear(input: LaneInput): void {
    this.#openedNow = false;
    if (input.kind !== 'commitResult' || input.result !== 'committed') return;
    const at = numberOf(input.id);
    if (input.tag.kind === 'turn') {
      this.#direction = input.tag.to;
      this.#stands = 'serve';
      this.#closedSince = undefined;
      this.#turnedAt = at;
    }
    if (input.tag.kind !== 'serviceAct') return;
    const act = this.#asked.get(input.tag.actId);
    if (act === undefined) return;
    if (act === 'open') {
      this.#openedNow = true;
      return;
    }
    this.#stands = act === 'resume' ? 'serve' : act;
    this.#isHeld = act === 'holdOpen';
    if (act === 'resume' || act === 'holdOpen') this.#closedSince = undefined;
    else this.#closedSince ??= at;
  }

  /** After the inputs were heard, with what they have told. */
  stepped(input: LaneInput, effects: readonly LaneEffect[], told: Told): void {
    this.#noteRest(input.now.monotonicMs, told);
    for (const effect of effects) {
      if (effect.kind === 'light') this.#light = effect.colour;
      if (effect.kind !== 'commit') continue;
      const [event] = effect.change.events;
      if (effect.tag.kind === 'serviceAct') {
        if (event?.type !== 'lane.actOrdered.v1' || typeof event.data['person'] !== 'string')
          this.#find(`${effect.tag.actId} is not on record with its person`);
        this.#asked.set(effect.tag.actId, String(event?.data['act']));
      }
      if (effect.tag.kind === 'turn') this.#judgeTurn(told, input.now.monotonicMs);
      if (effect.tag.kind === 'decision') this.#noteDirection(effect.change);
      for (const each of effect.change.events) this.#judgeEvent(each, told);
    }
  }

  #noteRest(nowMs: number, { loops, arm }: Told): void {
    const isAtRest = arm === 'closed' && loops.every((loop) => loop === 'clear');
    if (!isAtRest) this.#restSinceMs = undefined;
    else this.#restSinceMs ??= this.#toldAtMs;
    this.#toldAtMs = nowMs;
  }

  #noteDirection({ decision }: LedgerChange): void {
    if (!decision) return;
    const { direction } = JSON.parse(decision.inputs) as { direction: string };
    this.#directions.set(decision.passageId, direction);
  }

  #judgeTurn({ loops, arm, curtain }: Told, nowMs: number): void {
    const isEmpty = loops.every((loop) => loop === 'clear') && curtain !== 'occupied';
    if (!isEmpty || arm !== 'closed') this.#find(`turned with ${loops} and the arm ${arm}`);
    if (nowMs - (this.#restSinceMs ?? nowMs) < turnAfterMs) this.#find('turned too soon');
    if (this.#light !== 'red') this.#find('turned with a green signal');
    if (this.#stands !== 'turn') this.#find('turned, and nobody has ordered it');
  }

  #judgeEvent({ type, data }: LedgerChange['events'][number], { key, arm }: Told): void {
    if (type === 'passage.crossed.v1' && data['under'] !== undefined) {
      if (data['authorised'] === true) this.#find('crossed by right, and under a hand');
      // Whom a second plate witnesses is put on record when nobody else can be the one that was read.
      const isPast = data['witness'] !== undefined;
      if (arm === 'closed' && !isPast)
        this.#find(`crossed under ${data['under']} with the arm down`);
      if (data['under'] === 'localControl' && key !== 'occupied' && !isPast)
        this.#find('crossed under local control, and the key is not turned');
    }
    if (type === 'barrier.openedByOrder.v1' && data['act'] === 'holdOpen' && !this.#isHeld)
      this.#find('the arm left closed by the order to hold it, which does not stand');
  }

  /** An order that a person's order must pay for. */
  judgeRaise(told: Told): void {
    if (this.isHeld && this.#isHeld) return;
    if (!this.#openedNow)
      return this.#find('the arm is ordered up, and no order of a person stands');
    this.#openedNow = false;
    const isEmpty = told.loops.every((loop) => loop === 'clear') && told.curtain !== 'occupied';
    if (!isEmpty || told.arm !== 'closed')
      this.#find(`opened by order over ${told.loops} with the arm ${told.arm}`);
    if (this.#stands !== 'maintain') this.#find('opened by order outside of maintenance');
  }

  /** An order to open by decision. */
  judgeOpening(passageId: string, { key }: Told): void {
    const came = numberOf(passageId);
    if (this.#closedSince !== undefined && came >= this.#closedSince)
      this.#find(`${passageId} is let in although the lane was ordered closed (${this.#stands})`);
    if (came < this.#turnedAt) this.#find(`${passageId} came before the lane was turned`);
    if (this.isHeld) this.#find(`${passageId} is opened for while the arm is held open`);
    if (key === 'occupied') this.#find(`${passageId} is opened for while the key is turned`);
    const direction = this.#directions.get(passageId);
    if (this.#direction !== undefined && direction !== this.#direction)
      this.#find(`${passageId} is judged as ${direction}, and the lane is ${this.#direction}`);
  }

  judgeClose({ key }: Told): void {
    if (this.isHeld) this.#find('asked to close, and the arm is held open');
    if (key === 'occupied') this.#find('asked to close, and the key is turned');
  }

  /** Of the order itself, as it leaves. */
  judge(order: Order, told: Told): void {
    if (order.purpose === 'act') this.judgeRaise(told);
    if (order.purpose === 'close') this.judgeClose(told);
  }
}
