/**
 * Runs a function block of IEC 61131-3 structured text: the part of the language that the reference program uses,
 * with its types. What the standard does not allow (arithmetic on a WORD, a comparison of two types) is an error
 * here too, so a program that runs has been checked by that much.
 */
type ScalarType = 'BOOL' | 'WORD' | 'UINT' | 'UDINT';
type LiteralType = ScalarType | 'LITERAL';

interface Value {
  readonly type: LiteralType;
  /** 0 and 1 for BOOL. */
  readonly number: number;
}

interface Declaration {
  readonly section: string;
  readonly type: ScalarType | 'ARRAY';
  readonly initial: number;
}

type Evaluate = (block: StructuredText) => Value;
type Execute = (block: StructuredText) => void;

const sizes: Readonly<Record<ScalarType, number>> = {
  BOOL: 2,
  WORD: 0x1_0000,
  UINT: 0x1_0000,
  UDINT: 0x1_0000_0000,
};

const tokenPattern =
  /\(\*[\s\S]*?\*\)|\s+|16#[0-9A-Fa-f_]+|\d[\d_]*|[A-Za-z_]\w*|:=|<>|<=|>=|\.\.|[()[\];:,=<>+\-*/]/gy;

function tokensOf(text: string): readonly string[] {
  const tokens: string[] = [];
  tokenPattern.lastIndex = 0;
  let end = 0;
  for (const [token] of text.matchAll(tokenPattern)) {
    end += token.length;
    if (!/^(\s|\(\*)/.test(token)) tokens.push(token);
  }
  if (end !== text.length) throw new SyntaxError(`not understood: ${text.slice(end, end + 40)}`);
  return tokens;
}

function numberOf(token: string): number {
  const digits = token.replaceAll('_', '');
  return digits.startsWith('16#') ? Number.parseInt(digits.slice(3), 16) : Number(digits);
}

const wrap = (number: number, type: ScalarType) =>
  ((number % sizes[type]) + sizes[type]) % sizes[type];

class Parser {
  readonly declarations = new Map<string, Declaration>();
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = tokensOf(text);
  }

  block(): readonly Execute[] {
    this.#expect('FUNCTION_BLOCK');
    this.#next();
    while (/^VAR/.test(this.#peek())) this.#section();
    const body = this.#statements(['END_FUNCTION_BLOCK']);
    this.#expect('END_FUNCTION_BLOCK');
    if (this.#peek() !== '') throw new SyntaxError(`after the end: ${this.#peek()}`);
    return body;
  }

  #section(): void {
    let section = this.#next();
    if (['RETAIN', 'CONSTANT'].includes(this.#peek())) section = this.#next();
    while (this.#peek() !== 'END_VAR') {
      const name = this.#next();
      if (this.declarations.has(name)) throw new SyntaxError(`${name} is declared twice`);
      this.#expect(':');
      const type = this.#type();
      const initial = this.#takes(':=') ? numberOf(this.#next()) : 0;
      this.#expect(';');
      this.declarations.set(name, { section, type, initial });
    }
    this.#next();
  }

  #type(): Declaration['type'] {
    const type = this.#next();
    if (type in sizes) return type as ScalarType;
    if (type !== 'ARRAY') throw new SyntaxError(`no type ${type}`);
    for (const token of ['[', '0', '..', '63', ']', 'OF', 'WORD']) this.#expect(token);
    return 'ARRAY';
  }

  #statements(ends: readonly string[]): readonly Execute[] {
    const statements: Execute[] = [];
    while (!ends.includes(this.#peek())) {
      if (this.#peek() === '') throw new SyntaxError(`${ends.join(' or ')} is missing`);
      statements.push(this.#peek() === 'IF' ? this.#if() : this.#assignment());
    }
    return statements;
  }

  #if(): Execute {
    const branches: { readonly when: Evaluate; readonly body: readonly Execute[] }[] = [];
    let otherwise: readonly Execute[] = [];
    for (let word = this.#next(); word !== 'END_IF'; word = this.#next()) {
      if (word === 'ELSE') otherwise = this.#statements(['END_IF']);
      else {
        const when = this.#expression();
        this.#expect('THEN');
        branches.push({ when, body: this.#statements(['ELSIF', 'ELSE', 'END_IF']) });
      }
    }
    this.#expect(';');
    return (block) => {
      const taken = branches.find(({ when }) => boolean(when(block)));
      for (const statement of taken?.body ?? otherwise) statement(block);
    };
  }

  #assignment(): Execute {
    const name = this.#next();
    const declared = this.declarations.get(name);
    if (!declared) throw new SyntaxError(`${name} is not declared`);
    if (['CONSTANT', 'VAR_INPUT'].includes(declared.section)) {
      throw new SyntaxError(`${name} may not be written`);
    }
    const index = this.#index(declared);
    this.#expect(':=');
    const value = this.#expression();
    this.#expect(';');
    return (block) => block.assign(name, value(block), index?.(block).number);
  }

  #index(declared: Declaration): Evaluate | undefined {
    if (declared.type !== 'ARRAY') return undefined;
    this.#expect('[');
    const index = this.#expression();
    this.#expect(']');
    return index;
  }

  /** From the weakest operator to the strongest, as the standard orders them. */
  #expression(level = 0): Evaluate {
    const operators = levels[level];
    if (!operators) return this.#unary();
    let left = this.#expression(level + 1);
    while (operators.includes(this.#peek())) {
      const operator = this.#next();
      const [first, second] = [left, this.#expression(level + 1)];
      left = (block) => apply(operator, first(block), second(block));
    }
    return left;
  }

  #unary(): Evaluate {
    if (!this.#takes('NOT')) return this.#primary();
    const operand = this.#unary();
    return (block) => ({ type: 'BOOL', number: boolean(operand(block)) ? 0 : 1 });
  }

  #primary(): Evaluate {
    const token = this.#next();
    if (token === '(') {
      const inner = this.#expression();
      this.#expect(')');
      return inner;
    }
    if (/^\d/.test(token)) return () => ({ type: 'LITERAL', number: numberOf(token) });
    if (token === 'TRUE' || token === 'FALSE') {
      return () => ({ type: 'BOOL', number: token === 'TRUE' ? 1 : 0 });
    }
    const [, from, to] = /^(WORD|UINT|UDINT)_TO_(WORD|UINT|UDINT)$/.exec(token) ?? [];
    if (from && to) {
      this.#expect('(');
      const operand = this.#expression();
      this.#expect(')');
      return (block) => {
        const { type, number } = operand(block);
        if (type !== from) throw new TypeError(`${token} of a ${type}`);
        return { type: to as ScalarType, number: wrap(number, to as ScalarType) };
      };
    }
    const declared = this.declarations.get(token);
    if (!declared) throw new SyntaxError(`${token} is not declared`);
    const index = this.#index(declared);
    return (block) => block.value(token, index?.(block).number);
  }

  #peek(): string {
    return this.#tokens[this.#at] ?? '';
  }

  #next(): string {
    this.#at += 1;
    return this.#tokens[this.#at - 1] ?? '';
  }

  #takes(token: string): boolean {
    if (this.#peek() !== token) return false;
    this.#next();
    return true;
  }

  #expect(token: string): void {
    const got = this.#next();
    if (got !== token) throw new SyntaxError(`${token} expected, not ${got}`);
  }
}

const levels = [
  ['OR'],
  ['XOR'],
  ['AND'],
  ['=', '<>'],
  ['<', '>', '<=', '>='],
  ['+', '-'],
  ['*', '/'],
] as const satisfies readonly (readonly string[])[] as readonly (readonly string[])[];

function boolean({ type, number }: Value): boolean {
  if (type !== 'BOOL') throw new TypeError(`a ${type} where a BOOL is needed`);
  return number === 1;
}

/** A literal takes the type of what it stands beside. */
function commonType(left: Value, right: Value): LiteralType {
  if (left.type === right.type) return left.type;
  if (left.type === 'LITERAL') return right.type;
  if (right.type === 'LITERAL') return left.type;
  throw new TypeError(`${left.type} beside ${right.type}`);
}

function apply(operator: string, left: Value, right: Value): Value {
  const type = commonType(left, right);
  const [a, b] = [left.number, right.number];
  const truth = (holds: boolean): Value => ({ type: 'BOOL', number: holds ? 1 : 0 });
  switch (operator) {
    case '=':
      return truth(a === b);
    case '<>':
      return truth(a !== b);
    case 'OR':
    case 'XOR':
    case 'AND': {
      if (type === 'UINT' || type === 'UDINT') throw new TypeError(`${operator} of a ${type}`);
      const number = operator === 'OR' ? a | b : operator === 'XOR' ? a ^ b : a & b;
      return { type, number: number >>> 0 };
    }
    default:
      break;
  }
  if (type === 'BOOL' || type === 'WORD') throw new TypeError(`${operator} of a ${type}`);
  switch (operator) {
    case '<':
      return truth(a < b);
    case '>':
      return truth(a > b);
    case '<=':
      return truth(a <= b);
    case '>=':
      return truth(a >= b);
    default: {
      const number =
        operator === '+' ? a + b : operator === '-' ? a - b : operator === '*' ? a * b : a / b;
      const whole = Math.trunc(number);
      return { type, number: type === 'LITERAL' ? whole : wrap(whole, type) };
    }
  }
}

export class StructuredText {
  readonly #declarations: ReadonlyMap<string, Declaration>;
  readonly #body: readonly Execute[];
  readonly #values = new Map<string, number>();
  /** The array that the block is given. */
  registers: Uint16Array = new Uint16Array(64);

  constructor(text: string) {
    const parser = new Parser(text);
    this.#body = parser.block();
    this.#declarations = parser.declarations;
    this.restart(false);
  }

  /** Power comes: everything starts anew but what is retained. */
  restart(keepsRetained: boolean): void {
    for (const [name, { section, initial }] of this.#declarations) {
      if (section === 'RETAIN' && keepsRetained) continue;
      this.#values.set(name, initial);
    }
  }

  /** One scan. */
  run(inputs: Readonly<Record<string, number | boolean>>): void {
    for (const [name, value] of Object.entries(inputs)) {
      if (this.#declarations.get(name)?.section !== 'VAR_INPUT') throw new TypeError(name);
      this.#values.set(name, Number(value));
    }
    for (const statement of this.#body) statement(this);
  }

  output(name: string): boolean {
    return this.#values.get(name) === 1;
  }

  value(name: string, index: number | undefined): Value {
    if (index !== undefined) return { type: 'WORD', number: this.registers[index] ?? Number.NaN };
    const { type } = this.#declared(name);
    if (type === 'ARRAY') throw new TypeError(`${name} without an index`);
    return { type, number: this.#values.get(name) ?? 0 };
  }

  assign(name: string, { type, number }: Value, index: number | undefined): void {
    const declared = this.#declared(name);
    const target = declared.type === 'ARRAY' ? 'WORD' : declared.type;
    if (type !== target && (type !== 'LITERAL' || target === 'BOOL' || number >= sizes[target])) {
      throw new TypeError(`${name} is a ${target} and is given a ${type}`);
    }
    if (index === undefined) this.#values.set(name, number);
    else this.registers[index] = number;
  }

  #declared(name: string): Declaration {
    const declared = this.#declarations.get(name);
    if (!declared) throw new TypeError(name);
    return declared;
  }
}
