/**
 * From a person's wish to the lane or the ledger. An act is known by its id: asked again, it is answered as the first
 * time and not carried out again, also after a restart. An act that needs a second person waits here, in memory: after
 * a restart it has to be asked anew.
 */
import { canonicalJson } from '../core/decision/canonical-json.ts';
import { reasonText } from '../core/decision/decide.ts';
import { faultTexts } from '../core/fault-codes.ts';
import { type PassageId, passageIdOf } from '../core/identity.ts';
import type { EventDraft } from '../core/journal/events.ts';
import { type ActAnswer, askedOf, type PersonAct } from '../core/lane/acts/person-act.ts';
import { type Passage, stateOf } from '../core/lane/passage.ts';
import type { LedgerChange, ReleaseReservation } from '../core/ledger-change.ts';
import { caseClosing, reservationReturn, usesRelease } from '../core/persons/record-acts.ts';
import { type ActKind, mayAct, mayApprove } from '../core/persons/roles.ts';
import type { Clock } from '../ports/clock.ts';
import type { CommitResult, Ledger } from '../ports/ledger.ts';
import type { ActDoor, ActOutcome, OpenCase, Refused, Session } from '../ports/persons.ts';
import type { LaneRunner } from './lane-runner.ts';

/** How long an act waits for its second person, ms. */
const proposalMs = 600_000;
const proposalsMax = 64;
const casesMax = 500;

interface Proposal {
  readonly act: Extract<PersonAct, { kind: 'manualRelease' }>;
  readonly laneId: string;
  readonly session: Session;
  readonly expiresAtMs: number;
}

export interface PersonActPorts {
  readonly clock: Clock;
  readonly ledger: Pick<Ledger, 'acts' | 'openExceptions' | 'caseOf'>;
  runnerOf(laneId: string): LaneRunner | undefined;
  commit(change: LedgerChange): CommitResult;
}

export function refused(
  code: string,
  evidence: Readonly<Record<string, string | number>> = {},
): Refused {
  const hint = faultTexts[code]?.hint ?? 'see the decision, and the rules of its policy';
  return { kind: 'refused', code, text: reasonText(code, evidence), hint };
}

export class PersonActs implements ActDoor {
  readonly #ports: PersonActPorts;
  readonly #proposals = new Map<string, Proposal>();
  /** Whether the session that proposed an act is still open. */
  isOpen: (sessionId: string) => boolean = () => true;

  constructor(ports: PersonActPorts) {
    this.#ports = ports;
  }

  act(
    session: Session,
    at: Parameters<ActDoor['act']>[1],
    wish: Parameters<ActDoor['act']>[2],
  ): ActOutcome {
    const { laneId, actId } = at;
    const passageId = passageIdOf(at.passageId);
    const { kind } = wish;
    const act = { ...wish, by: { ...session.person, actId }, passageId } as PersonAct;
    const known = this.#known(session, { actId, subject: passageId, kind, asked: askedOf(act) });
    if (known) return known;
    const runner = this.#ports.runnerOf(laneId);
    if (!runner) return refused('act-lane-unknown');
    const answer = this.#carryOut(runner, act);
    const needsSecond = answer.kind === 'refused' && answer.code === 'second-person-missing';
    if (needsSecond && act.kind === 'manualRelease') {
      return this.#propose({ act, laneId, session, expiresAtMs: this.#wallMs() + proposalMs });
    }
    return outcomeOf(actId, answer);
  }

  /** An act of a recording, by whoever did it then; undefined where there is no such lane. */
  again(laneId: string, act: PersonAct): ActAnswer | undefined {
    const runner = this.#ports.runnerOf(laneId);
    return runner && this.#carryOut(runner, act);
  }

  #wallMs(): number {
    return this.#ports.clock.now().wallMs;
  }

  #carryOut(runner: LaneRunner, act: PersonAct): ActAnswer {
    return runner.act(act, this.#ports.ledger.acts.openCasesOf(act.passageId));
  }

  /** What an id was used for before. */
  #known(
    session: Session,
    given: {
      readonly actId: string;
      readonly subject: string;
      readonly kind: ActKind;
      readonly asked: string;
    },
  ): ActOutcome | undefined {
    const { actId, subject, kind, asked } = given;
    const past = this.#ports.ledger.acts.actOf(actId);
    const proposed = this.#proposals.get(actId);
    if (past) {
      const isSame =
        past.person === session.person.name &&
        past.subject === subject &&
        past.kind === kind &&
        (past.asked ?? asked) === asked;
      if (!isSame) return refused('act-id-reused');
      return outcomeOf(actId, JSON.parse(past.answer) as ActAnswer, true);
    }
    if (!proposed) return undefined;
    const { act } = proposed;
    const isSame =
      act.by.name === session.person.name && act.passageId === subject && askedOf(act) === asked;
    const { expiresAtMs } = proposed;
    return isSame ? { kind: 'proposed', actId, expiresAtMs } : refused('act-id-reused');
  }

  #propose(proposal: Proposal): ActOutcome {
    const { act, laneId, expiresAtMs } = proposal;
    const { actId, name, role } = act.by;
    const { reason, reference, seen } = act;
    const data = {
      ...{ laneId, actId, act: act.kind, person: name, role, seen, reason, expiresAtMs },
      ...(reference !== undefined && { reference }),
    };
    if (!this.record('act.proposed.v1', data, act.passageId)) return refused('act-not-recorded');
    for (const [id, { expiresAtMs: endMs }] of this.#proposals) {
      if (endMs < this.#wallMs() || this.#proposals.size >= proposalsMax)
        this.#proposals.delete(id);
    }
    this.#proposals.set(actId, proposal);
    return { kind: 'proposed', actId, expiresAtMs };
  }

  /** On record now, or not at all: whoever tells of it keeps it and comes again. */
  record(
    type: EventDraft['type'],
    data: EventDraft['data'],
    subject: string,
    more: Omit<LedgerChange, 'events'> = {},
  ): boolean {
    const event = { type, subject, timeMs: this.#wallMs(), data };
    return this.#ports.commit({ ...more, events: [event] }).kind === 'committed';
  }

  approve(session: Session, actId: string): ActOutcome {
    const { person, sessionId } = session;
    if (!mayApprove(person.role)) return refused('act-role-forbidden', { role: person.role });
    const past = this.#ports.ledger.acts.actOf(actId);
    if (past?.kind === 'manualRelease')
      return outcomeOf(actId, JSON.parse(past.answer) as ActAnswer, true);
    const proposal = this.#proposals.get(actId);
    if (!proposal || proposal.expiresAtMs < this.#wallMs()) return refused('act-approval-unknown');
    const { act, laneId, session: first } = proposal;
    if (first.sessionId === sessionId || first.person.name === person.name) {
      return refused('act-approval-same');
    }
    this.#proposals.delete(actId);
    const runner = this.#ports.runnerOf(laneId);
    // Whoever has left his session, or was put out of it, proposes nothing any more.
    if (!runner || !this.isOpen(first.sessionId)) return refused('act-approval-unknown');
    return outcomeOf(actId, this.#carryOut(runner, { ...act, second: person }));
  }

  closeCase(session: Session, wish: Parameters<ActDoor['closeCase']>[1]): ActOutcome {
    const { actId, exceptionId, ...words } = wish;
    const asked = canonicalJson(words);
    const given = { actId, subject: exceptionId, kind: 'closeCase', asked } as const;
    const known = this.#known(session, given) ?? forbidden(session, 'closeCase');
    if (known) return known;
    const found = this.#ports.ledger.acts.exceptionOf(exceptionId);
    if (!found) return refused('case-unknown');
    if (found.closedAtMs !== null) return refused('case-closed-already');
    if (this.#standing(found.laneId, found.passageId)) return refused('case-vehicle-present');
    const { laneId } = found;
    const passageId = passageIdOf(found.passageId);
    const releases = this.#ports.ledger.acts.reservedFor(passageId);
    if (releases.length > 0 && !usesRelease(wish.outcome))
      return stillReserved(passageId, releases);
    return this.#commit(
      caseClosing({ ...wish, laneId, passageId, releases }, this.#by(session, { actId, asked })),
      actId,
    );
  }

  returnReservation(
    session: Session,
    wish: Parameters<ActDoor['returnReservation']>[1],
  ): ActOutcome {
    const { actId, passageId, reason, reference } = wish;
    const asked = canonicalJson({ reason, reference });
    const repeated = { actId, subject: passageId, kind: 'returnReservation', asked } as const;
    const known = this.#known(session, repeated) ?? forbidden(session, 'returnReservation');
    if (known) return known;
    const { acts } = this.#ports.ledger;
    const passage = acts.passageEnd(passageId);
    if (!passage) return refused('act-passage-unknown');
    const { laneId, endedAtMs } = passage;
    if (endedAtMs === null || this.#standing(laneId, passageId)) {
      return refused('reservation-in-use');
    }
    const releases = acts.reservedFor(passageId);
    if (releases.length === 0) return refused('reservation-none');
    const given = { passageId: passageIdOf(passageId), laneId, releases, reason, reference };
    return this.#commit(reservationReturn(given, this.#by(session, { actId, asked })), actId);
  }

  #by({ person }: Session, given: { readonly actId: string; readonly asked: string }) {
    return { person, ...given, atMs: this.#wallMs() };
  }

  #commit(change: LedgerChange, actId: string): ActOutcome {
    const { kind } = this.#ports.commit(change);
    return kind === 'committed' ? { kind: 'done', actId } : refused('act-not-recorded');
  }

  openCases(): readonly OpenCase[] {
    const { ledger } = this.#ports;
    return ledger.openExceptions(casesMax).map((each) => {
      const { plate } = ledger.caseOf(each.exceptionId);
      const passage = this.#standing(each.laneId, each.passageId);
      return {
        ...each,
        text: reasonText(each.cause),
        ...(plate !== undefined && { plate }),
        ...(passage && {
          standing: {
            state: stateOf(passage),
            seen: passage.decisionId ?? null,
            reasons: passage.reasons,
          },
        }),
      };
    });
  }

  #standing(laneId: string, passageId: string): Passage | undefined {
    return this.#ports
      .runnerOf(laneId)
      ?.state.passages.find((passage) => passage.passageId === passageId);
  }
}

function stillReserved(passage: PassageId, releases: readonly ReleaseReservation[]): Refused {
  const release = releases.map(({ lineage, container }) => `${lineage} (${container})`).join(', ');
  return refused('case-release-reserved', { passage, release });
}

function forbidden({ person }: Session, kind: ActKind): Refused | undefined {
  return mayAct(person.role, kind)
    ? undefined
    : refused('act-role-forbidden', { role: person.role });
}

function outcomeOf(actId: string, answer: ActAnswer, repeated = false): ActOutcome {
  if (answer.kind === 'done') return { ...answer, actId, ...(repeated && { repeated: true }) };
  const { code, evidence, decisionId, reasons } = answer;
  return {
    ...refused(code, evidence),
    ...(decisionId !== undefined && { decisionId }),
    ...(reasons && { reasons }),
  };
}
