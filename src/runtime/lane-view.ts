/**
 * What the screens show of one lane: its state as it is, and what its last vehicles have come to, which the
 * state itself has already forgotten.
 */
import { type Decision, reasonText } from '../core/decision/decide.ts';
import { type Identification, identify } from '../core/identification/identify.ts';
import type { PassageId } from '../core/identity.ts';
import { directionOf } from '../core/lane/lane-direction.ts';
import type { LaneContext, LaneState } from '../core/lane/lane-types.ts';
import { type Passage, stateOf } from '../core/lane/passage.ts';
import { standingOf } from '../core/lane/standing.ts';
import type { LedgerChange } from '../core/ledger-change.ts';
import type { WeightOutcome } from '../core/weighing/weighing.ts';
import type { CaseDetail, OpenException } from '../ports/ledger.ts';
import type { PassagePictureRow } from '../ports/pictures.ts';
import { faultView } from './gate-view.ts';
import type {
  AlarmView,
  ContainerView,
  DecisionView,
  EndedPassageView,
  ExceptionView,
  FaultView,
  LaneView,
  PassageView,
  PictureView,
  PlateView,
  WeightView,
} from './read-model.ts';

const endedShown = 8;
const exceptionsShown = 8;

/** What the databases have of cases and vehicles of before. */
export interface StoredCases {
  caseOf(exceptionId: string): CaseDetail;
  picturesOf(passageId: string): readonly PassagePictureRow[];
  isBroken(sha256: string): boolean;
}

interface Shown {
  readonly decision: Decision;
  readonly view: DecisionView;
}

function alarmView(key: string): AlarmView {
  const { code, of } = standingOf(key);
  return { ...faultView(code), ...(of && { of }) };
}

export class LaneWatch {
  readonly #context: LaneContext;
  readonly #stored: StoredCases;
  /** As last seen: a passage that ends has already left the lane's state. */
  readonly #passages = new Map<PassageId, Passage>();
  readonly #decided = new Map<PassageId, Shown>();
  #ended: readonly EndedPassageView[] = [];
  #lastDecision: DecisionView | undefined;
  /** Those last shown; what stands behind a case does not change, so it is read once. */
  #cases: ReadonlyMap<string, ExceptionView> = new Map();
  /** Of vehicles that have left, by passage. */
  #casePictures: ReadonlyMap<string, readonly PictureView[]> = new Map();

  constructor(context: LaneContext, stored: StoredCases) {
    this.#context = context;
    this.#stored = stored;
  }

  /** Looks at the lane after a step. */
  see(state: LaneState, nowWallMs: number): void {
    for (const passage of state.passages) {
      const { passageId, decision } = passage;
      this.#passages.set(passageId, passage);
      if (!decision || decision === this.#decided.get(passageId)?.decision) continue;
      const view = decisionView(passage, decision, nowWallMs);
      this.#decided.set(passageId, { decision, view });
      this.#lastDecision = view;
    }
  }

  /** Looks at what was committed. */
  committed({ passage }: LedgerChange, lastSequence: number): void {
    if (passage?.outcome === undefined || passage.endedAtMs === undefined) return;
    const { passageId, outcome, endedAtMs } = passage;
    const last = this.#passages.get(passageId);
    this.#passages.delete(passageId);
    this.#decided.delete(passageId);
    const seen = seenOf(last && this.#identificationOf(last));
    const pictures = this.#picturesOf(last);
    const ended = { passageId, ...seen, ...pictures, outcome, endedAtMs, lastSequence };
    this.#ended = [ended, ...this.#ended].slice(0, endedShown);
  }

  view(state: LaneState, monotonicMs: number, exceptions: readonly OpenException[]): LaneView {
    const { settings } = this.#context;
    const { arm, service, light, inputs } = state;
    return {
      laneId: settings.laneId,
      direction: directionOf(state, settings),
      ...(settings.isReversible && { isReversible: true }),
      serviceMode: service.kind,
      ...(service.cause !== undefined && { serviceCause: faultView(service.cause) }),
      arm: { state: arm.kind },
      light,
      inputs: {
        approach: inputs.approach,
        presence: inputs.presence,
        exit: inputs.exit,
        curtain: inputs.curtain,
      },
      alarms: state.standing.map(alarmView),
      passages: state.passages.map((passage) => this.#passageView(passage, monotonicMs)),
      ...(this.#lastDecision && { lastDecision: this.#lastDecision }),
      lastPassages: this.#ended,
      openExceptions: {
        count: exceptions.length,
        newest: this.#newest(exceptions.slice(0, exceptionsShown)),
      },
    };
  }

  #identificationOf({ identification, evidence }: Passage): Identification {
    return identification ?? identify(evidence, this.#context.policy.confidence);
  }

  #picturesOf(passage: Passage | undefined): { pictures?: readonly PictureView[] } {
    const pictures = passage?.pictures ?? [];
    if (pictures.length === 0) return {};
    const { isBroken } = this.#stored;
    return {
      pictures: pictures.map((each) => pictureView({ ...each, isBroken: isBroken(each.sha256) })),
    };
  }

  #newest(exceptions: readonly OpenException[]): readonly ExceptionView[] {
    const views = exceptions.map(
      (exception) =>
        this.#cases.get(exception.exceptionId) ??
        exceptionView(exception, this.#stored.caseOf(exception.exceptionId)),
    );
    this.#cases = new Map(views.map((view) => [view.exceptionId, view]));
    return this.#withPictures(views);
  }

  /** What has left the lane gets no further pictures, so they are read once. */
  #withPictures(views: readonly ExceptionView[]): readonly ExceptionView[] {
    const known = new Map<string, readonly PictureView[]>();
    const shown = views.map((view) => {
      const passage = this.#passages.get(view.passageId as PassageId);
      if (passage && passage.pictures.length > 0) return { ...view, ...this.#picturesOf(passage) };
      const pictures = this.#casePictures.get(view.passageId) ?? this.#picturesOfPast(view);
      known.set(view.passageId, pictures);
      return pictures.length > 0 ? { ...view, pictures } : view;
    });
    this.#casePictures = known;
    return shown;
  }

  #picturesOfPast({ passageId }: ExceptionView): readonly PictureView[] {
    const ended = this.#ended.find((each) => each.passageId === passageId);
    if (ended) return ended.pictures ?? [];
    try {
      return this.#stored.picturesOf(passageId).map(pictureView);
    } catch {
      // Rows that cannot be read are told of by who writes them.
      return [];
    }
  }

  #passageView(passage: Passage, monotonicMs: number): PassageView {
    const identification = this.#identificationOf(passage);
    const { tractor, trailer } = identification;
    const decision = this.#decided.get(passage.passageId)?.view;
    const weight = passage.weight ?? passage.evidence.weighing.outcome;
    const isWeighed = weight.kind === 'weighed' || weight.reason !== 'noReading';
    return {
      passageId: passage.passageId,
      state: stateOf(passage),
      hasCrossed: passage.kind === 'passing',
      startedAtMs: passage.startedAt.wallMs,
      stateAgeMs: Math.round(monotonicMs - passage.stateSince.monotonicMs),
      ...(tractor && { tractor: plateView(tractor) }),
      ...(trailer && { trailer: plateView(trailer) }),
      tags: identification.tags,
      containerCapture: passage.evidence.containers.length > 0 ? 'captured' : 'none',
      containers: identification.containers.map(containerView),
      ...(isWeighed && { weight: weightView(weight) }),
      ...this.#picturesOf(passage),
      ...(passage.decision && decision && { decision }),
      referredFor: referredFor(passage),
      unauthorised: passage.unauthorised,
    };
  }
}

function seenOf(identification: Identification | undefined) {
  return {
    ...(identification?.tractor && { plate: identification.tractor.text }),
    containers: (identification?.containers ?? []).map((c) => c.number ?? c.raw),
  };
}

function pictureView({ sha256, role, deviceId, isBroken }: PassagePictureRow): PictureView {
  return { sha256, role, deviceId, ...(isBroken && { isBroken }) };
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

/** Causes that came after or without a decision; those of the checks stand in the decision. */
function referredFor({ reasons, decision }: Passage): readonly FaultView[] {
  return reasons
    .filter((reason) => !decision?.checks.some(({ code }) => code === reason))
    .map((code) => ({ code, text: reasonText(code) }));
}

function decisionView(
  { passageId, identification }: Passage,
  decision: Decision,
  decidedAtMs: number,
): DecisionView {
  return {
    passageId,
    ...(identification?.tractor && { plate: identification.tractor.text }),
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

function exceptionView(exception: OpenException, detail: CaseDetail): ExceptionView {
  const { exceptionId, passageId, cause, openedAtMs } = exception;
  const { plate, result } = detail;
  const decision = result === undefined ? undefined : (JSON.parse(result) as Decision);
  const check = decision?.checks.find(({ code }) => code === cause);
  return {
    exceptionId,
    passageId,
    ...(plate !== undefined && { plate }),
    cause,
    text: reasonText(cause, check?.evidence),
    openedAtMs,
  };
}
