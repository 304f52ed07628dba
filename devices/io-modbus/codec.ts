/** Pure reading of a poll's reply by the module's map. */
import type { BarrierPosition, InputChange, ModbusProfile, ModbusReply } from 'kakou/driver-kit';

export type BarrierState = BarrierPosition['position'];
export type InputState = InputChange['state'];
type Poll = ModbusProfile['polls'][number];
type BarrierRegister = NonNullable<ModbusProfile['barrier']>;
type Value = NonNullable<ModbusProfile['values']>[number];
type Watchdog = NonNullable<ModbusProfile['watchdog']>;
type Condition = NonNullable<Watchdog['safe']>;

/** One reply to a poll: bits in any case, and the words they came in where it was asked for words. */
export interface Reading {
  readonly poll: string;
  readonly bits: readonly boolean[];
  readonly words: readonly number[];
}

/** What a reply says, or the reason why it is none to this poll. */
export function readingOf(poll: Poll, reply: ModbusReply): Reading | string {
  const asksWords = poll.function >= 3;
  if (reply.kind === 'written' || (reply.kind === 'words') !== asksWords) {
    return `poll ${poll.id} was answered with ${reply.kind}`;
  }
  // Clients hand out whole bytes, so there may be more bits than asked for; never fewer.
  const items = reply.kind === 'bits' ? reply.bits : reply.words;
  if (items.length < poll.quantity) {
    return `poll ${poll.id} was answered with ${items.length} of ${poll.quantity} ${reply.kind}`;
  }
  if (reply.kind === 'bits') {
    return { poll: poll.id, bits: reply.bits, words: [] };
  }
  return { poll: poll.id, bits: reply.words.flatMap(bitsOfWord), words: reply.words };
}

/** Lowest bit first. */
function bitsOfWord(word: number): readonly boolean[] {
  return Array.from({ length: 16 }, (_, bit) => ((word >> bit) & 1) === 1);
}

/** Bit `index` of a reply that was not asked for by a poll, or of the first word of one; undefined if it has none. */
export function bitOf(reply: ModbusReply, index: number): boolean | undefined {
  if (reply.kind === 'written') return undefined;
  if (reply.kind === 'bits') return reply.bits[index];
  const [word] = reply.words;
  return word === undefined ? undefined : bitsOfWord(word)[index];
}

/** The arm by its two limit switches. */
export function barrierOf(closedLimit: boolean, openLimit: boolean): BarrierState {
  if (closedLimit) {
    return openLimit ? 'contradictory' : 'closed';
  }
  return openLimit ? 'open' : 'between';
}

/** The arm by the register of the barrier's own controller, held against its position where it tells one. */
export function barrierInRegister(
  register: BarrierRegister,
  words: readonly number[],
): BarrierState {
  const state = stateOf(register, words[register.word]);
  const { position } = register;
  const at = position && words[position.word];
  if (at === undefined || position?.unknown.includes(at)) return state;
  const limit = state === 'closed' ? position?.closed : state === 'open' ? position?.open : at;
  return limit === at ? state : 'contradictory';
}

function stateOf(register: BarrierRegister, value: number | undefined): BarrierState {
  if (value === undefined) return 'unknown';
  if (register.closed.includes(value)) return 'closed';
  if (register.open.includes(value)) return 'open';
  return register.between.includes(value) ? 'between' : 'unknown';
}

export function figureOf({ word, words, order, signed }: Value, reply: readonly number[]): number {
  const first = reply[word] ?? 0;
  if (words === 1) return signed && first >= 0x8000 ? first - 0x1_0000 : first;
  const second = reply[word + 1] ?? 0;
  const [high, low] = order === 'lowWordFirst' ? [second, first] : [first, second];
  const value = high * 0x1_0000 + low;
  return signed && value >= 0x8000_0000 ? value - 0x1_0000_0000 : value;
}

/** Whether the condition holds by this reply; undefined where it stands in another poll. */
export function holds(condition: Condition, { poll, bits, words }: Reading): boolean | undefined {
  if (condition.poll !== poll) return undefined;
  if ('bit' in condition) return bits[condition.bit];
  const word = words[condition.word];
  return word === undefined ? undefined : condition.values.includes(word);
}
