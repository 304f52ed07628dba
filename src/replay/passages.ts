/** What became of the vehicles, out of the events that were committed; and whether two tellings of it agree. */
import { type PassageId, passageIdOf } from '../core/identity.ts';
import type { EventDraft } from '../core/journal/events.ts';
import type { RecordedEntry } from '../ports/recording.ts';

export interface ToldDecision {
  readonly decisionId: string;
  readonly disposition: string;
  readonly plate: string | null;
  readonly tags: unknown;
  readonly containers: unknown;
  readonly weight: unknown;
  /** Checks that did not pass, with their reasons. */
  readonly checks: readonly unknown[];
}

export interface ToldAct {
  readonly act: unknown;
  readonly person: unknown;
  /** Why it was refused. */
  readonly code?: unknown;
}

export interface ToldPassage {
  readonly passageId: PassageId;
  readonly laneId: string;
  /** Wall clock of its beginning, ms since 1970. */
  readonly startedAtMs: number;
  readonly decisions: ToldDecision[];
  readonly commands: string[];
  /** What persons did about it, and what was refused to them. */
  readonly acts: ToldAct[];
  outcome?: string;
  reasons?: unknown;
}

/** What the recorded gate has committed. */
export function toldEvents(entries: readonly RecordedEntry[]): readonly EventDraft[] {
  return entries.flatMap(({ event }) =>
    event.kind === 'committed' && event.result === 'committed' ? event.events : [],
  );
}

/** Passages whose beginning is among the events, in their order. */
export function passagesOf(events: readonly EventDraft[]): readonly ToldPassage[] {
  const passages = new Map<string, ToldPassage>();
  for (const event of events) {
    if (event.type === 'passage.started.v1') {
      passages.set(event.subject, {
        passageId: passageIdOf(event.subject),
        laneId: String(event.data['laneId']),
        startedAtMs: event.timeMs,
        decisions: [],
        commands: [],
        acts: [],
      });
    }
    const passage = passages.get(event.subject);
    if (passage) tell(passage, event);
  }
  return [...passages.values()];
}

function tell(passage: ToldPassage, { type, data }: EventDraft): void {
  if (type === 'passage.decided.v1') passage.decisions.push(decisionOf(data));
  if (type === 'barrier.commanded.v1') passage.commands.push(String(data['action']));
  if (type === 'person.acted.v1' || type === 'person.refused.v1') {
    const { act, person, code } = data;
    passage.acts.push({ act, person, ...(code !== undefined && { code }) });
  }
  if (type !== 'passage.ended.v1') return;
  passage.outcome = String(data['outcome']);
  passage.reasons = data['reasons'];
}

function decisionOf(data: EventDraft['data']): ToldDecision {
  const checks = (data['checks'] ?? []) as readonly { readonly outcome: string }[];
  const plate = data['plate'];
  return {
    decisionId: String(data['decisionId']),
    disposition: String(data['disposition']),
    plate: typeof plate === 'string' ? plate : null,
    tags: data['tags'],
    containers: data['containers'],
    weight: data['weight'],
    checks: checks.filter(({ outcome }) => outcome !== 'pass'),
  };
}

/** The platform may have been seen empty before the recording began, up to half an hour ago. */
function withoutZero(weight: unknown): unknown {
  if (typeof weight !== 'object' || weight === null) return weight;
  return Object.fromEntries(Object.entries(weight).filter(([member]) => member !== 'zeroKg'));
}

export interface PassageDifference {
  readonly laneId: string;
  /** Of the recording; of the replay where it stands there alone. */
  readonly passageId: string;
  readonly member: string;
  readonly recorded: unknown;
  readonly replayed: unknown;
}

/** Beginnings so close to each other are those of one vehicle, ms. */
const sameWithinMs = 1_500;

export interface Comparison {
  /** Passages that both tell of. */
  readonly compared: number;
  readonly differences: readonly PassageDifference[];
}

/** `sinceMs`: what begins before may be a vehicle that stood there when the recording begins. */
export function comparePassages(
  recorded: readonly ToldPassage[],
  replayed: readonly ToldPassage[],
  sinceMs: number,
): Comparison {
  const differences: PassageDifference[] = [];
  const left = new Set(replayed);
  let compared = 0;
  for (const passage of recorded) {
    const other = [...left].find((each) => isSameVehicle(each, passage));
    if (other) {
      left.delete(other);
      compared += 1;
      differences.push(...between(passage, other));
    } else differences.push(alone(passage, 'there', undefined));
  }
  for (const passage of left) {
    if (passage.startedAtMs >= sinceMs) differences.push(alone(passage, undefined, 'there'));
  }
  return { compared, differences };
}

export function isSameVehicle(a: ToldPassage, b: ToldPassage): boolean {
  return a.laneId === b.laneId && Math.abs(a.startedAtMs - b.startedAtMs) <= sameWithinMs;
}

function alone(
  { laneId, passageId }: ToldPassage,
  recorded: unknown,
  replayed: unknown,
): PassageDifference {
  return { laneId, passageId, member: 'passage', recorded, replayed };
}

function between(recorded: ToldPassage, replayed: ToldPassage): readonly PassageDifference[] {
  const { laneId, passageId } = recorded;
  const members = membersOf(recorded);
  const others = membersOf(replayed);
  // A vehicle that was still there when the recording ended may have left in the replay.
  const names = Object.keys({ ...members, ...others }).filter(
    (name) => recorded.outcome !== undefined || (name !== 'outcome' && name !== 'reasons'),
  );
  return names
    .filter((name) => JSON.stringify(members[name]) !== JSON.stringify(others[name]))
    .map((name) => ({
      laneId,
      passageId,
      member: name,
      recorded: members[name],
      replayed: others[name],
    }));
}

function membersOf(passage: ToldPassage): Readonly<Record<string, unknown>> {
  const decisions = passage.decisions.map(({ decisionId: _, ...decision }) => ({
    ...decision,
    weight: withoutZero(decision.weight),
  }));
  const { outcome, reasons, commands, acts } = passage;
  const last = decisions.at(-1);
  return { outcome, reasons, commands, acts, decisions: decisions.length, ...last };
}
