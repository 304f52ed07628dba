/**
 * Reads the patterns of a profile: literals, classes, groups, named fields, alternatives, repetition. What is not
 * in this list (back references, look-around, lazy repetition, anchors) is refused with its place.
 */

/** One flag per byte value. */
export type ByteSet = Uint8Array;

export type PatternNode =
  | { readonly kind: 'byte'; readonly set: ByteSet }
  | { readonly kind: 'sequence'; readonly items: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly items: readonly PatternNode[] }
  | {
      readonly kind: 'repeat';
      readonly item: PatternNode;
      readonly min: number;
      /** Absent: as often as there are bytes. */
      readonly max?: number;
    }
  | { readonly kind: 'field'; readonly name: string; readonly item: PatternNode };

/** Why a text is no pattern; `at` is the place of the character, from 0. */
export class PatternMistake extends Error {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.name = 'PatternMistake';
    this.at = at;
  }
}

const nestingMax = 8;
const repeatMax = 64;
const special = '\\.[](){}?*+|^$';

/** Throws a `PatternMistake`. */
export function parsePattern(text: string): PatternNode {
  const reader = new PatternReader(text);
  const node = reader.choice(0);
  if (!reader.isAtEnd) throw reader.mistake('there is no group to close here');
  return node;
}

class PatternReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  mistake(message: string): PatternMistake {
    return new PatternMistake(this.#at, message);
  }

  choice(depth: number): PatternNode {
    if (depth > nestingMax) throw this.mistake(`groups are nested deeper than ${nestingMax}`);
    const items = [this.#sequence(depth)];
    while (this.#take('|')) items.push(this.#sequence(depth));
    return items.length === 1 && items[0] ? items[0] : { kind: 'choice', items };
  }

  #sequence(depth: number): PatternNode {
    const items: PatternNode[] = [];
    while (!this.isAtEnd && this.#peek() !== '|' && this.#peek() !== ')')
      items.push(this.#repeated(this.#atom(depth)));
    return { kind: 'sequence', items };
  }

  #atom(depth: number): PatternNode {
    const character = this.#next();
    if (character === '(') return this.#group(depth);
    if (character === '[') return { kind: 'byte', set: this.#byteClass() };
    if (character === '.') return { kind: 'byte', set: setOf(() => true) };
    if (character === '\\') return { kind: 'byte', set: this.#escaped() };
    if (special.includes(character)) {
      this.#at -= 1;
      throw this.mistake(`"${character}" means nothing here; write \\${character} for itself`);
    }
    return { kind: 'byte', set: just(this.#code(character)) };
  }

  #group(depth: number): PatternNode {
    if (!this.#take('?')) throw this.mistake('a group begins with (?: or with (?<name>');
    if (this.#take(':')) return this.#closed(depth);
    const [whole, name] = /^<([A-Za-z][A-Za-z0-9]{0,15})>/.exec(this.#text.slice(this.#at)) ?? [];
    if (whole === undefined || name === undefined)
      throw this.mistake('a group begins with (?: or with (?<name>; nothing else is taken');
    this.#at += whole.length;
    return { kind: 'field', name, item: this.#closed(depth) };
  }

  #closed(depth: number): PatternNode {
    const item = this.choice(depth + 1);
    if (!this.#take(')')) throw this.mistake('the group is not closed');
    return item;
  }

  #repeated(item: PatternNode): PatternNode {
    const [min, max] = this.#times() ?? [1, 1];
    if (min === 1 && max === 1) return item;
    if (!this.isAtEnd && '?*+{'.includes(this.#peek()))
      throw this.mistake('a repetition is not repeated; use a group');
    return { kind: 'repeat', item, min, ...(max !== undefined && { max }) };
  }

  #times(): readonly [number, number | undefined] | undefined {
    if (this.#take('?')) return [0, 1];
    if (this.#take('*')) return [0, undefined];
    if (this.#take('+')) return [1, undefined];
    if (this.#peek() !== '{') return undefined;
    const [whole, low = '', comma, high = ''] =
      /^\{(\d{1,2})(,?)(\d{0,2})\}/.exec(this.#text.slice(this.#at)) ?? [];
    if (whole === undefined) throw this.mistake('a repetition is written {n}, {n,} or {n,m}');
    const min = Number(low);
    const max = comma === '' ? min : high === '' ? undefined : Number(high);
    if (Math.max(min, max ?? 0) > repeatMax || (max !== undefined && max < min))
      throw this.mistake(`a repetition is at most ${repeatMax}, and not less than its least`);
    this.#at += whole.length;
    return [min, max];
  }

  #byteClass(): ByteSet {
    const isInverted = this.#take('^');
    const set = new Uint8Array(256);
    while (!this.#take(']')) {
      const low = this.#classMember();
      const isRange = this.#peek() === '-' && this.#text[this.#at + 1] !== ']';
      if (!isRange) {
        for (let byte = 0; byte < 256; byte++) if (low[byte]) set[byte] = 1;
        continue;
      }
      this.#at += 1;
      const [from, to] = [onlyByte(low), onlyByte(this.#classMember())];
      if (from === undefined || to === undefined || to < from)
        throw this.mistake('a range goes from one character to a later one');
      set.fill(1, from, to + 1);
    }
    return isInverted ? setOf((byte) => !set[byte]) : set;
  }

  #classMember(): ByteSet {
    const character = this.#next();
    if (character === '\\') return this.#escaped();
    if (character === '[') throw this.mistake('write \\[ for itself');
    return just(this.#code(character));
  }

  #escaped(): ByteSet {
    const character = this.#next();
    if (character === 'd') return setOf((byte) => byte >= 0x30 && byte <= 0x39);
    if (character === 'x') {
      const [hex] = /^[0-9A-Fa-f]{2}/.exec(this.#text.slice(this.#at)) ?? [];
      if (hex === undefined) throw this.mistake('\\x takes two hexadecimal digits');
      this.#at += 2;
      return just(Number.parseInt(hex, 16));
    }
    if (!`${special}-/`.includes(character))
      throw this.mistake(`\\${character} is not known: \\d, \\x41, or a special character`);
    return just(this.#code(character));
  }

  #code(character: string): number {
    const code = character.charCodeAt(0);
    if (code < 0x20 || code > 0x7e) throw this.mistake('write other than ASCII text as \\x41');
    return code;
  }

  #peek(): string {
    return this.#text[this.#at] ?? '';
  }

  #next(): string {
    const character = this.#peek();
    if (character === '') throw this.mistake('the pattern ends too early');
    this.#at += 1;
    return character;
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at += 1;
    return true;
  }
}

function setOf(isIn: (byte: number) => boolean): ByteSet {
  return Uint8Array.from({ length: 256 }, (_, byte) => (isIn(byte) ? 1 : 0));
}

const just = (code: number): ByteSet => setOf((byte) => byte === code);

function onlyByte(set: ByteSet): number | undefined {
  const first = set.indexOf(1);
  return first >= 0 && set.lastIndexOf(1) === first ? first : undefined;
}
