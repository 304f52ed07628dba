/**
 * Matches patterns by following all ways at once (Thompson, Pike), so a match takes at most bytes times
 * instructions whatever the pattern and whatever the bytes: no pattern of a profile can make the gate hang.
 */
import { type ByteSet, PatternMistake, type PatternNode, parsePattern } from './pattern-syntax.ts';

/** Most instructions of a compiled pattern; counted repetitions are written out. */
const instructionsMax = 512;
const fieldsMax = 8;

export type PatternMatch =
  | { readonly kind: 'match'; readonly fields: ReadonlyMap<string, string> }
  | { readonly kind: 'no' };

export interface Pattern {
  readonly fields: readonly string[];
  /** Whether a match can begin with this byte. */
  begins(byte: number): boolean;
  /** Whether all of the bytes match. */
  match(bytes: Uint8Array): PatternMatch;
}

export type PatternParse =
  | { readonly kind: 'pattern'; readonly pattern: Pattern }
  | { readonly kind: 'malformed'; readonly at: number; readonly message: string };

export function compilePattern(text: string): PatternParse {
  try {
    const program = compiled(parsePattern(text));
    const beginnings = beginningsOf(program);
    return {
      kind: 'pattern',
      pattern: {
        fields: program.fields,
        begins: (byte) => beginnings[byte] === 1,
        match: (bytes) => run(program, bytes),
      },
    };
  } catch (error) {
    if (!(error instanceof PatternMistake)) throw error;
    return { kind: 'malformed', at: error.at, message: error.message };
  }
}

type Instruction =
  | { readonly op: 'byte'; readonly set: ByteSet }
  /** Both ways are open; the first one is preferred. */
  | { readonly op: 'split'; first: number; second: number }
  | { readonly op: 'jump'; to: number }
  /** Notes the place as begin (even) or end (odd) of a field. */
  | { readonly op: 'note'; readonly slot: number }
  | { readonly op: 'end' };

interface Program {
  readonly code: readonly Instruction[];
  readonly fields: readonly string[];
}

function compiled(node: PatternNode): Program {
  const code: Instruction[] = [];
  const fields: string[] = [];
  write(node, code, fields);
  code.push({ op: 'end' });
  return { code, fields };
}

function write(node: PatternNode, code: Instruction[], fields: string[]): void {
  if (code.length > instructionsMax)
    throw new PatternMistake(0, 'the pattern is too large: repeat less, or use classes');
  switch (node.kind) {
    case 'byte':
      code.push({ op: 'byte', set: node.set });
      return;
    case 'sequence':
      for (const item of node.items) write(item, code, fields);
      return;
    case 'choice':
      return writeChoice(node.items, code, fields);
    case 'repeat':
      return writeRepeat(node, code, fields);
    case 'field':
      return writeField(node, code, fields);
  }
}

function writeField(
  { name, item }: Extract<PatternNode, { kind: 'field' }>,
  code: Instruction[],
  fields: string[],
): void {
  if (!fields.includes(name)) fields.push(name);
  if (fields.length > fieldsMax) throw new PatternMistake(0, `more than ${fieldsMax} fields`);
  const slot = 2 * fields.indexOf(name);
  code.push({ op: 'note', slot });
  write(item, code, fields);
  code.push({ op: 'note', slot: slot + 1 });
}

function writeChoice(items: readonly PatternNode[], code: Instruction[], fields: string[]): void {
  const jumps: { op: 'jump'; to: number }[] = [];
  const last = items.length - 1;
  for (const [i, item] of items.entries()) {
    if (i === last) {
      write(item, code, fields);
      break;
    }
    const split = { op: 'split' as const, first: code.length + 1, second: 0 };
    code.push(split);
    write(item, code, fields);
    const jump = { op: 'jump' as const, to: 0 };
    code.push(jump);
    jumps.push(jump);
    split.second = code.length;
  }
  for (const jump of jumps) jump.to = code.length;
}

function writeRepeat(
  { item, min, max }: Extract<PatternNode, { kind: 'repeat' }>,
  code: Instruction[],
  fields: string[],
): void {
  for (let n = 0; n < min; n++) write(item, code, fields);
  if (max === undefined) {
    const split = { op: 'split' as const, first: code.length + 1, second: 0 };
    const at = code.push(split) - 1;
    write(item, code, fields);
    code.push({ op: 'jump', to: at });
    split.second = code.length;
    return;
  }
  const splits: { op: 'split'; first: number; second: number }[] = [];
  for (let n = min; n < max; n++) {
    const split = { op: 'split' as const, first: code.length + 1, second: 0 };
    splits.push(split);
    code.push(split);
    write(item, code, fields);
  }
  for (const split of splits) split.second = code.length;
}

/** Bytes with which a match can begin: all where nothing is a match too. */
function beginningsOf({ code }: Program): ByteSet {
  const entered = new Int32Array(code.length).fill(-1);
  const set = new Uint8Array(256);
  for (const way of follow(code, entered, { at: 0, notes: [] }, 0)) {
    const instruction = code[way.at];
    if (instruction?.op !== 'byte') return set.fill(1);
    instruction.set.forEach((isIn, byte) => {
      if (isIn) set[byte] = 1;
    });
  }
  return set;
}

/** A way through the program; `notes` are the places noted on it. */
interface Way {
  readonly at: number;
  readonly notes: readonly number[];
}

function run({ code, fields }: Program, bytes: Uint8Array): PatternMatch {
  // The step at which an instruction was last entered: no way enters one twice in a step.
  const entered = new Int32Array(code.length).fill(-1);
  let ways = follow(code, entered, { at: 0, notes: [] }, 0);
  for (const [i, byte] of bytes.entries()) {
    const next: Way[] = [];
    for (const way of ways) {
      const instruction = code[way.at];
      if (instruction?.op !== 'byte' || !instruction.set[byte]) continue;
      next.push(...follow(code, entered, { at: way.at + 1, notes: way.notes }, i + 1));
    }
    if (next.length === 0) return { kind: 'no' };
    ways = next;
  }
  const whole = ways.find((way) => code[way.at]?.op === 'end');
  if (!whole) return { kind: 'no' };
  return { kind: 'match', fields: fieldsOf(fields, whole.notes, bytes) };
}

/** The ways on from here that wait for a byte or have come to the end, the preferred one first. */
function follow(
  code: readonly Instruction[],
  entered: Int32Array,
  from: Way,
  step: number,
): readonly Way[] {
  const open: Way[] = [from];
  const waiting: Way[] = [];
  for (let way = open.pop(); way; way = open.pop()) {
    if (entered[way.at] === step) continue;
    entered[way.at] = step;
    const instruction = code[way.at];
    const { notes } = way;
    if (instruction?.op === 'jump') open.push({ at: instruction.to, notes });
    else if (instruction?.op === 'split')
      open.push({ at: instruction.second, notes }, { at: instruction.first, notes });
    else if (instruction?.op === 'note') {
      const noted = notes.slice();
      noted[instruction.slot] = step;
      open.push({ at: way.at + 1, notes: noted });
    } else waiting.push(way);
  }
  return waiting;
}

function fieldsOf(
  names: readonly string[],
  notes: readonly number[],
  bytes: Uint8Array,
): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  names.forEach((name, i) => {
    const [from, to] = [notes[2 * i], notes[2 * i + 1]];
    if (from !== undefined && to !== undefined)
      fields.set(name, String.fromCharCode(...bytes.subarray(from, to)));
  });
  return fields;
}
