/**
 * What a misread container number may have been. A proposal is never a reading: the check digit leaves several
 * numbers open for almost every misreading, so one counts only where the truck is expected to bring it and a
 * second device supports it by itself.
 */
import {
  type ContainerNumber,
  normaliseContainerText,
  parseContainerNumber,
} from './container-number.ts';

export interface CharacterChange {
  /** Place in the number, 0 to 10. */
  readonly at: number;
  readonly from: string;
  readonly to: string;
}

export interface ContainerProposal {
  readonly number: ContainerNumber;
  /** `position`: letters stood where digits belong, or the reverse; `confusion`: one digit taken for another. */
  readonly rule: 'position' | 'confusion';
  readonly changes: readonly CharacterChange[];
}

const digitOf: Readonly<Record<string, string>> = {
  O: '0',
  D: '0',
  Q: '0',
  I: '1',
  L: '1',
  Z: '2',
  S: '5',
  G: '6',
  T: '7',
  B: '8',
};
const letterOf: Readonly<Record<string, string>> = {
  '0': 'O',
  '1': 'I',
  '2': 'Z',
  '5': 'S',
  '6': 'G',
  '8': 'B',
};

/**
 * Digits that cameras take for each other. Kept narrow on purpose: with a wide set hardly any misreading has one
 * repair alone. Letters are never taken for other letters: F and P, G and Q, H and R, I and S, J and T, M and W and
 * 16 more pairs give the same check digit.
 */
const confusedWith: Readonly<Record<string, string>> = {
  '0': '86',
  '1': '7',
  '2': '7',
  '3': '8',
  '5': '6',
  '6': '085',
  '7': '12',
  '8': '0639',
  '9': '8',
};

/** Numbers that a misread text may stand for, in no order of likelihood; none where it is one already. */
export function proposeContainerNumbers(text: string): readonly ContainerProposal[] {
  const read = normaliseContainerText(text);
  if (read.length !== 11 || parseContainerNumber(read).kind === 'valid') return [];
  const inPlace = [...read].map(characterInPlace).join('');
  const forced = changesBetween(read, inPlace);
  const parsed = parseContainerNumber(inPlace);
  if (parsed.kind === 'malformed') return [];
  if (parsed.kind === 'valid') {
    return [{ number: parsed.number, rule: 'position', changes: forced }];
  }
  return digitSwaps(inPlace).flatMap((swapped) => {
    const other = parseContainerNumber(swapped);
    if (other.kind !== 'valid') return [];
    const changes = changesBetween(read, swapped);
    return [{ number: other.number, rule: 'confusion' as const, changes }];
  });
}

/** Owner code of letters, category U unless J or Z was read, digits behind. */
function characterInPlace(character: string, at: number): string {
  if (at < 3) return letterOf[character] ?? character;
  if (at === 3) return 'UJZ'.includes(character) ? character : 'U';
  return digitOf[character] ?? character;
}

function digitSwaps(text: string): readonly string[] {
  return [4, 5, 6, 7, 8, 9, 10].flatMap((at) =>
    [...(confusedWith[text.charAt(at)] ?? '')].map(
      (digit) => text.slice(0, at) + digit + text.slice(at + 1),
    ),
  );
}

function changesBetween(read: string, meant: string): readonly CharacterChange[] {
  return [...read].flatMap((from, at) => {
    const to = meant.charAt(at);
    return from === to ? [] : [{ at, from, to }];
  });
}

/** What one device read of one box. */
export interface ContainerWitness {
  readonly deviceId: string;
  readonly raw: string;
}

export interface ContainerRepair extends ContainerProposal {
  /** Devices that support the number, each by its own reading. */
  readonly witnesses: readonly string[];
}

/**
 * The one number of the expected ones that two devices support, where no other is in question. A valid reading of
 * another number speaks against every repair: then the devices contradict each other, and a person looks.
 */
export function repairContainer(
  readings: readonly ContainerWitness[],
  expected: readonly string[],
): ContainerRepair | undefined {
  const supported = new Map<string, { proposal: ContainerProposal; witnesses: Set<string> }>();
  const valid = new Map<string, Set<string>>();
  for (const { deviceId, raw } of readings) {
    const parsed = parseContainerNumber(raw);
    if (parsed.kind === 'valid') {
      valid.set(parsed.number, (valid.get(parsed.number) ?? new Set()).add(deviceId));
      continue;
    }
    for (const proposal of proposeContainerNumbers(raw)) {
      if (!expected.includes(proposal.number)) continue;
      const before = supported.get(proposal.number) ?? { proposal, witnesses: new Set<string>() };
      before.witnesses.add(deviceId);
      supported.set(proposal.number, before);
    }
  }
  const [only, ...others] = supported.values();
  if (!only || others.length > 0) return undefined;
  if ([...valid.keys()].some((number) => number !== only.proposal.number)) return undefined;
  const witnesses = new Set([...only.witnesses, ...(valid.get(only.proposal.number) ?? [])]);
  if (witnesses.size < 2) return undefined;
  return { ...only.proposal, witnesses: [...witnesses].sort() };
}
