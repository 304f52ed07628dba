/**
 * Which entries may lose their bodies: those that are old enough, that nothing open refers to, and that do not carry the
 * log itself. What the centre has, and what a checkpoint covers, is asked before.
 */
import { type EventType, eventTypePrefix } from './events.ts';

/** By these a log is checked: they stay for good. */
const carriers: ReadonlySet<string> = new Set<EventType>([
  'epoch.started.v1',
  'key.rotated.v1',
  'checkpoint.v1',
  'entries.pruned.v1',
]);

export type Pruning =
  | { readonly kind: 'prune'; readonly decisionId?: string }
  /** Looked at again later: something open refers to it. */
  | { readonly kind: 'keep' }
  | { readonly kind: 'carrier' }
  /** Too young, and so is what follows. */
  | { readonly kind: 'young' };

export interface PruneRules {
  /** Entries that were recorded before may go, ms since 1970. */
  readonly beforeMs: number;
  /** Whether anything open, a passage, visit, case or item, has this id. */
  isOpen(id: string): boolean;
  /** Whether a passage has reserved something that is neither used nor returned. */
  hasReserved(passageId: string): boolean;
}

/** `recordedMs` is the entry's own `recordedtime`, NaN where it is none: that entry stays. */
export function pruningOf(
  entry: Readonly<Record<string, unknown>>,
  recordedMs: number,
  rules: PruneRules,
): Pruning {
  const type = String(entry['type']).slice(eventTypePrefix.length);
  if (carriers.has(type)) return { kind: 'carrier' };
  if (Number.isNaN(recordedMs)) return { kind: 'keep' };
  if (recordedMs >= rules.beforeMs) return { kind: 'young' };
  const { subject, data } = entry;
  if (names({ subject, data }, (id) => rules.isOpen(id))) return { kind: 'keep' };
  if (type !== ('passage.decided.v1' satisfies EventType)) return { kind: 'prune' };
  if (rules.hasReserved(String(subject))) return { kind: 'keep' };
  const { decisionId } = (data ?? {}) as { decisionId?: unknown };
  return { kind: 'prune', ...(typeof decisionId === 'string' && { decisionId }) };
}

/** Whether any text in a value is one that is looked for. */
function names(value: unknown, isLookedFor: (text: string) => boolean): boolean {
  if (typeof value === 'string') return isLookedFor(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((each) => names(each, isLookedFor));
}
