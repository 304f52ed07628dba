/**
 * Tells a lane a story and notes what it wants done. Facts come back at once, commits succeed and orders are
 * accepted unless the story says otherwise; timers run only when the story lets time pass.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { PlatformAsked, PlatformQuestion } from '../../src/core/customs-platform/exchange.ts';
import type { Policy } from '../../src/core/decision/policy.ts';
import type { FactsQuery, GatheredFacts } from '../../src/core/facts.ts';
import type { VehicleIdentity } from '../../src/core/gate/station.ts';
import { parseDeviceId, parseLaneId } from '../../src/core/identity.ts';
import type { ActAnswer } from '../../src/core/lane/acts/person-act.ts';
import type { ServiceAct } from '../../src/core/lane/lane-act.ts';
import type {
  LaneContext,
  LaneEffect,
  LaneInputBody,
  LaneSettings,
  LaneState,
} from '../../src/core/lane/lane-types.ts';
import { laneAtStart, step } from '../../src/core/lane/step.ts';
import type { LedgerChange } from '../../src/core/ledger-change.ts';
import type { BarrierPosition, InputPoint, Observation } from '../../src/core/observation.ts';
import { gathered, noonMs } from './facts.ts';
import { repositoryFile } from './repository.ts';

export const strictPolicy = JSON.parse(
  readFileSync(repositoryFile('config/policies/strict-import-export.json'), 'utf8'),
) as Policy;

const laneSettings: LaneSettings = {
  laneId: parseLaneId('out-1'),
  direction: 'out',
  requirements: { plate: true, containers: true, tag: true, weight: true },
  timing: {
    captureTimeoutMs: 10_000,
    evidenceLeadMs: 5_000,
    openWithinMs: 1_500,
    departWithinMs: 3_000,
    clearMs: 1_000,
    closeAfterMs: 2_000,
    armUpMsMax: 60_000,
    armTravelMs: 2_000,
    loopStuckMs: 300_000,
    turnAfterMs: 5_000,
  },
  closing: 'requested',
  vehicleWeightKgMin: 1_000,
  sources: [],
  blindAfterVehicles: 5,
};

type Commit = 'committed' | 'conflicted' | 'failed';

export class LaneStory {
  state: LaneState = laneAtStart;
  readonly changes: LedgerChange[] = [];
  readonly orders: Extract<LaneEffect, { kind: 'order' }>[] = [];
  readonly withdrawn: string[] = [];
  readonly lights: string[] = [];
  /** What persons were answered. */
  readonly answers: ActAnswer[] = [];
  /** What persons were answered: `done`, `unrecorded` or why an act was refused. */
  readonly serviceAnswers: string[] = [];
  /** Kinds of the effects of each step, in their order. */
  readonly effects: string[][] = [];
  /** What the driver was told, with the reason in English. */
  readonly notices: string[] = [];
  facts: GatheredFacts | undefined = gathered();
  /** Results of coming decision commits, first first; `committed` when there is none. */
  commitResults: Commit[] = [];
  /** Vehicles that stations were asked for; nothing is found. */
  readonly seeks: VehicleIdentity[] = [];
  /** Questions to the customs gate platform; the first has the number `s1`. */
  readonly questions: PlatformQuestion[] = [];
  /** What becomes of questions instead of a number. */
  askFails: Extract<PlatformAsked, { kind: 'failed' }> | undefined;
  orderResult: 'accepted' | 'expired' | 'failed' = 'accepted';
  /** Called at every gatherFacts, to change the world between look-up and commit. */
  onGather: () => void = () => {};
  /** Answers of look-ups and commits wait until `answer` tells them. */
  answersLate = false;
  nowMs = 1_000_000;
  /** Whether look-aheads are answered. */
  looksAhead = true;
  private inputs = 0;
  private late: LaneInputBody[] = [];
  private readonly timers = new Map<string, number>();
  /** A look-up that finds the world unchanged answers with the same object. */
  private readonly lookups = new WeakMap<FactsQuery, { of: GatheredFacts; facts: GatheredFacts }>();
  readonly context: LaneContext;

  constructor(settings: Partial<LaneSettings> = {}, policy: Policy = strictPolicy) {
    this.context = {
      settings: { ...laneSettings, ...settings },
      policy,
      policyDigest: 'policy-digest',
      bootId: 'boot-1',
      digest: (text) => createHash('sha256').update(text).digest('hex'),
    };
  }

  tell(body: LaneInputBody): this {
    const queue: LaneInputBody[] = [body];
    for (let next = queue.shift(); next; next = queue.shift()) {
      this.inputs += 1;
      const now = { wallMs: noonMs + this.nowMs - 1_000_000, monotonicMs: this.nowMs };
      const stepped = step(this.state, { ...next, id: `i${this.inputs}`, now }, this.context);
      this.state = stepped.state;
      this.effects.push(stepped.effects.map(({ kind }) => kind));
      for (const effect of stepped.effects) {
        const isLate =
          this.answersLate && (effect.kind === 'gatherFacts' || effect.kind === 'commit');
        (isLate ? this.late : queue).push(...this.carryOut(effect));
      }
    }
    return this;
  }

  /** The answers that waited. */
  answer(): this {
    for (const body of this.late.splice(0)) this.tell(body);
    return this;
  }

  private gather(query: FactsQuery): GatheredFacts | undefined {
    if (!this.facts) return undefined;
    const known = this.lookups.get(query);
    if (known?.of === this.facts) return known.facts;
    const facts = { ...this.facts, query };
    this.lookups.set(query, { of: this.facts, facts });
    return facts;
  }

  private carryOut(effect: LaneEffect): LaneInputBody[] {
    switch (effect.kind) {
      case 'gatherFacts': {
        this.onGather();
        const { passageId, query } = effect;
        const facts = this.gather(query);
        if (!facts) return [{ kind: 'factsUnavailable', passageId, detail: 'test' }];
        return [{ kind: 'factsGathered', passageId, facts }];
      }
      case 'commit': {
        const result =
          effect.tag.kind !== 'record' ? (this.commitResults.shift() ?? 'committed') : 'committed';
        if (result === 'committed') this.changes.push(effect.change);
        return [{ kind: 'commitResult', tag: effect.tag, result }];
      }
      case 'order':
        this.orders.push(effect);
        return [{ kind: 'orderResult', commandId: effect.commandId, result: this.orderResult }];
      case 'withdrawOrder':
        this.withdrawn.push(effect.commandId);
        return [];
      case 'lookAhead': {
        const { passageId, query } = effect;
        const facts = this.looksAhead ? this.gather(query) : undefined;
        return facts ? [{ kind: 'factsForeseen', passageId, facts }] : [];
      }
      case 'recheckFacts': {
        const { passageId, query } = effect;
        const facts = this.gather(query);
        return facts ? [{ kind: 'factsRechecked', passageId, facts }] : [];
      }
      case 'askPlatform': {
        const { question } = effect;
        const { passageId } = question;
        this.questions.push(question);
        const asked = this.askFails ?? { kind: 'asked', seqNo: `s${this.questions.length}` };
        return [{ kind: 'platformAsked', passageId, asked }];
      }
      case 'seekCaptures':
        this.seeks.push(effect.vehicle);
        return [];
      case 'actAnswer':
        this.answers.push(effect.answer);
        return [];
      case 'serviceActAnswered':
        this.serviceAnswers.push(
          effect.answer.kind === 'refused' ? effect.answer.reason : effect.answer.kind,
        );
        return [];
      case 'light':
        this.lights.push(effect.colour);
        return [];
      case 'notice': {
        const { kind, reason } = effect.notice;
        this.notices.push(reason ? `${kind}: ${reason.en}` : kind);
        return [];
      }
      case 'startTimer':
        this.timers.set(effect.timer, this.nowMs + effect.delayMs);
        return [];
      case 'cancelTimer':
        this.timers.delete(effect.timer);
        return [];
    }
  }

  /** Lets time pass; timers fall due in their order. */
  pass(ms: number): this {
    const end = this.nowMs + ms;
    for (;;) {
      const due = [...this.timers].filter(([, at]) => at <= end).sort((a, b) => a[1] - b[1])[0];
      if (!due) break;
      this.timers.delete(due[0]);
      this.nowMs = due[1];
      this.tell({ kind: 'timerDue', timer: due[0] });
    }
    this.nowMs = end;
    return this;
  }

  observe(observation: Observation, deviceId = 'device-1'): this {
    return this.tell({
      kind: 'observed',
      observed: {
        deviceId: parseDeviceId(deviceId),
        receivedAt: { wallMs: noonMs, monotonicMs: this.nowMs },
        observation,
      },
    });
  }

  input(point: InputPoint, state: 'occupied' | 'clear' | 'unknown'): this {
    return this.observe({ kind: 'inputChange', point, state }, 'io-1');
  }

  arm(position: BarrierPosition['position']): this {
    return this.observe({ kind: 'barrierPosition', position }, 'io-1');
  }

  ordered(act: ServiceAct, person = '张三'): this {
    return this.tell({ kind: 'serviceAct', actId: `a${this.inputs}`, act, person });
  }

  /** An empty lane with everything known and the arm down. */
  ready(): this {
    for (const point of ['approach', 'presence', 'exit', 'curtain'] as const)
      this.input(point, 'clear');
    return this.arm('closed');
  }

  arrive(): this {
    return this.input('approach', 'occupied').pass(500).input('presence', 'occupied');
  }

  plate(
    raw: string,
    confidence: number | undefined = 0.97,
    view: 'front' | 'rear' = 'front',
  ): this {
    return this.observe(
      {
        kind: 'plateRead',
        view,
        raw,
        replayed: false,
        ...(confidence !== undefined && { confidence }),
      },
      `camera-${view}`,
    );
  }

  tag(id: string): this {
    return this.observe({ kind: 'tagRead', tag: id as never }, 'reader-1');
  }

  boxes(...numbers: string[]): this {
    const positions = numbers.length === 2 ? (['front', 'rear'] as const) : (['single'] as const);
    return this.observe(
      {
        kind: 'containerNumberRead',
        replayed: false,
        containers: numbers.map((raw, i) => ({
          position: positions[i] ?? 'unknown',
          raw,
          confidence: 0.96,
        })),
      },
      'container-camera',
    );
  }

  weight(weightKg: number, state: 'stable' | 'moving' = 'stable'): this {
    return this.observe(
      {
        kind: 'weightReading',
        weightKg,
        basis: 'displayed',
        stability: { state, source: 'inferred' },
        condition: 'ok',
      },
      'scale-1',
    );
  }

  /** The truck drives through under the open arm and is gone. */
  driveThrough(): this {
    return this.arm('between')
      .pass(800)
      .arm('open')
      .pass(500)
      .input('curtain', 'occupied')
      .input('exit', 'occupied')
      .pass(500)
      .input('approach', 'clear')
      .pass(500)
      .input('presence', 'clear')
      .pass(300)
      .input('curtain', 'clear')
      .input('exit', 'clear')
      .pass(1_500);
  }

  backOut(): this {
    return this.input('presence', 'clear').pass(500).input('approach', 'clear').pass(1_500);
  }

  events(
    type?: string,
  ): readonly { type: string; subject: string; data: Readonly<Record<string, unknown>> }[] {
    const all = this.changes.flatMap((change) => change.events);
    return type === undefined ? all : all.filter((event) => event.type === type);
  }

  outcomes(): unknown[] {
    return this.events('passage.ended.v1').map((event) => event.data['outcome']);
  }

  opens(): number {
    return this.orders.filter((o) => o.order === 'barrierOpen' && o.purpose === 'decision').length;
  }
}
