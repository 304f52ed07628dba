/**
 * What the screens show of one lane: its state as it is, and what its last vehicles have come to, which the
 * state itself has already forgotten.
 */
import { type Decision, reasonText } from '../core/decision/decide.ts';
import { type Identification, identify } from '../core/identification/identify.ts';
import type { PassageId } from '../core/identity.ts';
import type { PassageOutcome } from '../core/journal/events.ts';
import type { LaneContext, LaneState } from '../core/lane/lane-types.ts';
import type { Passage } from '../core/lane/passage.ts';
import type { LedgerChange } from '../core/ledger-change.ts';
import type { WeightOutcome } from '../core/weighing/weighing.ts';
import type { OpenException } from '../ports/ledger.ts';
import type {
  ContainerView,
  DecisionView,
  EndedPassageView,
  ExceptionView,
  LaneView,
  PassageView,
  PlateView,
  WeightView,
} from './read-model.ts';

const endedShown = 8;
const exceptionsShown = 8;

interface Ended {
  readonly passageId: PassageId;
  readonly plate?: string;
  readonly containers: readonly string[];
  readonly outcome: PassageOutcome;
  readonly endedAtMs: number;
  readonly lastSequence: number;
}

interface Seen {
  readonly plate?: string;
  readonly containers: readonly string[];
}

export class LaneWatch {
  readonly #context: LaneContext;
  readonly #seen = new Map<PassageId, Seen>();
  readonly #decided = new Map<PassageId, Decision>();
  #ended: readonly Ended[] = [];
  #lastDecision: DecisionView | undefined;

  constructor(context: LaneContext) {
    this.#context = context;
  }

  /** Looks at the lane after a step. */
  see(state: LaneState, nowWallMs: number): void {
    for (const passage of state.passages) {
      if (!passage.decision || passage.decision === this.#decided.get(passage.passageId)) continue;
      this.#seen.set(passage.passageId, seenOf(passage));
      this.#decided.set(passage.passageId, passage.decision);
      this.#lastDecision = decisionView(passage, passage.decision, nowWallMs);
    }
  }

  /** Looks at what was committed. */
  committed({ passage }: LedgerChange, lastSequence: number): void {
    if (passage?.outcome === undefined || passage.endedAtMs === undefined) return;
    const { passageId, outcome, endedAtMs } = passage;
    const seen = this.#seen.get(passageId) ?? { containers: [] };
    this.#seen.delete(passageId);
    this.#decided.delete(passageId);
    this.#ended = [{ passageId, ...seen, outcome, endedAtMs, lastSequence }, ...this.#ended].slice(
      0,
      endedShown,
    );
  }

  view(
    state: LaneState,
    now: { readonly monotonicMs: number; readonly acknowledged: number },
    exceptions: readonly OpenException[],
  ): LaneView {
    const { settings } = this.#context;
    const { arm, service, light, inputs } = state;
    return {
      laneId: settings.laneId,
      direction: settings.direction,
      serviceMode: service.kind,
      ...(service.cause !== undefined && { serviceCause: service.cause }),
      arm: { state: arm.kind },
      light,
      inputs: {
        approach: inputs.approach,
        presence: inputs.presence,
        exit: inputs.exit,
        curtain: inputs.curtain,
      },
      passages: state.passages.map((passage) => this.#passageView(passage, now.monotonicMs)),
      ...(this.#lastDecision && { lastDecision: this.#lastDecision }),
      lastPassages: this.#ended.map((ended) => endedView(ended, now.acknowledged)),
      openExceptions: {
        count: exceptions.length,
        newest: exceptions.slice(0, exceptionsShown).map(exceptionView),
      },
    };
  }

  #passageView(passage: Passage, monotonicMs: number): PassageView {
    const identification =
      passage.identification ?? identify(passage.evidence, this.#context.policy.confidence);
    const { tractor, trailer } = identification;
    const weight = passage.weight ?? passage.evidence.weighing.outcome;
    const isWeighed = weight.kind === 'weighed' || weight.reason !== 'noReading';
    return {
      passageId: passage.passageId,
      state: passage.kind,
      startedAtMs: passage.startedAt.wallMs,
      stateAgeMs: Math.round(monotonicMs - passage.stateSince.monotonicMs),
      ...(tractor && { tractor: plateView(tractor) }),
      ...(trailer && { trailer: plateView(trailer) }),
      tags: identification.tags,
      containerCapture: passage.evidence.containers.length > 0 ? 'captured' : 'none',
      containers: identification.containers.map(containerView),
      ...(isWeighed && { weight: weightView(weight) }),
      ...(passage.decision && {
        decision: decisionView(passage, passage.decision, passage.stateSince.wallMs),
      }),
      unauthorised: passage.unauthorised,
    };
  }
}

function seenOf({ identification }: Passage): Seen {
  return {
    ...(identification?.tractor && { plate: identification.tractor.text }),
    containers: (identification?.containers ?? []).map((c) => c.number ?? c.raw),
  };
}

function plateView(plate: NonNullable<Identification['tractor']>): PlateView {
  const { text, colour, confidence } = plate;
  return {
    text,
    ...(colour !== undefined && { colour }),
    ...(confidence !== undefined && { confidence }),
  };
}

function containerView(container: Identification['containers'][number]): ContainerView {
  const { position, raw, number, fault, confidence, isoType } = container;
  return {
    position,
    text: number ?? raw,
    checkDigit: checkDigitOf(fault),
    ...(confidence !== undefined && { confidence }),
    ...(isoType !== undefined && { isoType }),
  };
}

function checkDigitOf(
  fault: Identification['containers'][number]['fault'],
): ContainerView['checkDigit'] {
  if (fault === undefined) return 'right';
  return fault === 'nonconforming' ? 'wrong' : 'unreadable';
}

function weightView(weight: WeightOutcome): WeightView {
  if (weight.kind === 'noWeight') return weight;
  const { deviceId: _deviceId, ...shown } = weight;
  return shown;
}

function decisionView(passage: Passage, decision: Decision, decidedAtMs: number): DecisionView {
  const { plate } = seenOf(passage);
  return {
    passageId: passage.passageId,
    ...(plate !== undefined && { plate }),
    disposition: decision.disposition,
    decidedAtMs,
    policy: decision.policy,
    checks: decision.checks.map(({ check, outcome, code, evidence, consequence }) => ({
      id: check,
      outcome,
      ...(code !== undefined && { code, text: reasonText(code, evidence) }),
      ...(consequence !== undefined && { consequence }),
      ...(evidence !== undefined && { evidence }),
    })),
  };
}

function endedView({ lastSequence, ...ended }: Ended, acknowledged: number): EndedPassageView {
  return { ...ended, acknowledged: lastSequence <= acknowledged };
}

function exceptionView({
  exceptionId,
  passageId,
  cause,
  openedAtMs,
}: OpenException): ExceptionView {
  return { exceptionId, passageId, cause, text: reasonText(cause), openedAtMs };
}
