/**
 * Reading of XML that a device wrote: whole, bounded and total. A text over a limit, with a document type,
 * an undeclared prefix or an entity of its own is refused with a reason and never read in part. Names are
 * told apart by the URI of their namespace; prefixes are whatever the device chose. Nothing is made into a
 * number or a date here: text stays text.
 */
import sax from 'sax';

export interface XmlLimits {
  /** UTF-16 units of the whole text. */
  readonly lengthMax: number;
  /** Elements in one another, the outermost counted. */
  readonly depthMax: number;
  /** Elements, attributes, namespace declarations and pieces of text, together. */
  readonly nodesMax: number;
  /** Attributes and namespace declarations of one element. */
  readonly attributesMax: number;
}

export interface XmlAttribute {
  /** Empty for an attribute without a prefix: the default namespace is not its own. */
  readonly uri: string;
  readonly local: string;
  readonly value: string;
}

export interface XmlElement {
  /** Empty where it is in no namespace. */
  readonly uri: string;
  readonly local: string;
  /** Without namespace declarations. */
  readonly attributes: readonly XmlAttribute[];
  readonly children: readonly XmlElement[];
  /** Text that stands directly in it, its pieces joined. */
  readonly text: string;
  /** Namespaces by prefix that hold inside it; the empty prefix is the default one. */
  readonly scope: XmlScope;
  /** Namespaces that hold where it stands, without its own declarations. */
  readonly around: XmlScope;
  /** Where it stands in the text that was read: at its `<`, and behind its last `>`. */
  readonly from: number;
  readonly to: number;
}

export interface XmlScope {
  readonly declared: ReadonlyMap<string, string>;
  readonly outer: XmlScope | undefined;
}

export type XmlReading =
  | { readonly kind: 'read'; readonly root: XmlElement }
  | { readonly kind: 'refused'; readonly reason: string };

/** Thrown by the handlers to end the parser where it stands. */
class Refusal extends Error {}

/** An element while its content is being read. */
interface OpenElement {
  readonly name: string;
  readonly from: number;
  readonly written: XmlAttribute[];
  readonly declared: Map<string, string>;
  readonly children: XmlElement[];
  uri: string;
  attributes: readonly XmlAttribute[];
  scope: XmlScope;
  readonly around: XmlScope;
  text: string;
}

const xmlUri = 'http://www.w3.org/XML/1998/namespace';
const outermost: XmlScope = { declared: new Map([['xml', xmlUri]]), outer: undefined };

/** Never throws. */
export function readXml(text: string, limits: XmlLimits): XmlReading {
  if (text.length > limits.lengthMax) {
    return refused(`has ${text.length} characters, and at most ${limits.lengthMax} are read`);
  }
  const reader = new Reader(limits);
  try {
    const root = reader.read(text);
    return root ? { kind: 'read', root } : refused('has no element');
  } catch (error) {
    // The parser's own errors come here as well: some attribute names break it (`hasOwnProperty`).
    return refused(error instanceof Refusal ? error.message : 'is not well-formed XML');
  }
}

function refused(reason: string): XmlReading {
  return { kind: 'refused', reason };
}

class Reader {
  readonly #limits: XmlLimits;
  readonly #parser: sax.SAXParser;
  readonly #open: OpenElement[] = [];
  #nodes = 0;
  #root: XmlElement | undefined;

  constructor(limits: XmlLimits) {
    this.#limits = limits;
    // `strictEntities` leaves the five of XML; without it hundreds of HTML's would be resolved.
    const options: sax.SAXOptions & { strictEntities: true } = { strictEntities: true };
    this.#parser = sax.parser(true, options);
  }

  read(text: string): XmlElement | undefined {
    const parser = this.#parser;
    parser.onerror = () => this.#refuse('is not well-formed XML');
    parser.ondoctype = () => this.#refuse('has a document type, which is never read');
    parser.onsgmldeclaration = () => this.#refuse('has a declaration, which is never read');
    parser.onprocessinginstruction = ({ name }) => {
      if (name !== 'xml') this.#refuse('has a processing instruction, which is never read');
    };
    parser.onopentagstart = ({ name }) => this.#begin(name);
    parser.onattribute = ({ name, value }) => this.#attribute(name, value);
    parser.onopentag = () => this.#opened();
    parser.ontext = (piece) => this.#text(piece);
    parser.oncdata = (piece) => this.#text(piece);
    parser.onclosetag = () => this.#close();
    parser.write(text).close();
    return this.#root;
  }

  #refuse(reason: string): never {
    throw new Refusal(reason);
  }

  #count(): void {
    this.#nodes += 1;
    if (this.#nodes > this.#limits.nodesMax) {
      this.#refuse(`has more than ${this.#limits.nodesMax} nodes`);
    }
  }

  #begin(name: string): void {
    this.#count();
    if (this.#root) this.#refuse('has two outermost elements');
    if (this.#open.length >= this.#limits.depthMax) {
      this.#refuse(`is deeper than ${this.#limits.depthMax} elements`);
    }
    const scope = this.#open.at(-1)?.scope ?? outermost;
    const from = this.#parser.startTagPosition - 1;
    const empty = { written: [], declared: new Map(), children: [], attributes: [] };
    this.#open.push({ name, from, ...empty, uri: '', scope, around: scope, text: '' });
  }

  /** Called before the element's namespaces are all known, so names are resolved in `#opened`. */
  #attribute(name: string, value: string): void {
    this.#count();
    const element = this.#open.at(-1);
    if (!element) return;
    if (element.written.length + element.declared.size >= this.#limits.attributesMax) {
      this.#refuse(`has more than ${this.#limits.attributesMax} attributes on one element`);
    }
    const [prefix, local] = split(name);
    if (name === 'xmlns') element.declared.set('', value);
    else if (prefix === 'xmlns') element.declared.set(local, value);
    else element.written.push({ uri: prefix, local, value });
  }

  #opened(): void {
    const element = this.#open.at(-1);
    if (!element) return;
    if (element.declared.size > 0) {
      element.scope = { declared: element.declared, outer: element.scope };
    }
    element.uri = this.#uriOf(split(element.name)[0], element.scope);
    element.attributes = element.written.map(({ uri: prefix, local, value }) => ({
      uri: prefix === '' ? '' : this.#uriOf(prefix, element.scope),
      local,
      value,
    }));
  }

  #uriOf(prefix: string, scope: XmlScope): string {
    const uri = namespaceOf(scope, prefix) ?? '';
    if (uri === '' && prefix !== '') this.#refuse('uses a prefix that it does not declare');
    return uri;
  }

  #text(piece: string): void {
    this.#count();
    const element = this.#open.at(-1);
    if (element) element.text += piece;
  }

  #close(): void {
    const element = this.#open.pop();
    if (!element) return;
    const { uri, name, attributes, children, text, scope, around, from } = element;
    const local = split(name)[1];
    const to = this.#parser.position;
    const whole = { uri, local, attributes, children, text, scope, around, from, to };
    const parent = this.#open.at(-1);
    if (parent) parent.children.push(whole);
    else this.#root = whole;
  }
}

function split(name: string): readonly [prefix: string, local: string] {
  const colon = name.indexOf(':');
  return colon < 0 ? ['', name] : [name.slice(0, colon), name.slice(colon + 1)];
}

/** The namespace a prefix stands for inside an element; undefined where it is not declared. */
export function namespaceOf(scope: XmlScope, prefix: string): string | undefined {
  for (let at: XmlScope | undefined = scope; at; at = at.outer) {
    const uri = at.declared.get(prefix);
    if (uri !== undefined) return uri;
  }
  return undefined;
}

export function attributeOf(element: XmlElement, local: string, uri = ''): string | undefined {
  return element.attributes.find((each) => each.local === local && each.uri === uri)?.value;
}

export function childrenOf(element: XmlElement, uri: string, local: string): XmlElement[] {
  return element.children.filter((each) => each.local === local && each.uri === uri);
}

/** The first element on a way down of `[namespace, name]` steps. */
export function childOf(
  element: XmlElement | undefined,
  ...way: readonly (readonly [uri: string, local: string])[]
): XmlElement | undefined {
  return way.reduce<XmlElement | undefined>(
    (at, [uri, local]) => at?.children.find((each) => each.local === local && each.uri === uri),
    element,
  );
}

/**
 * An element as a document of its own: its text as it was written, with the namespaces of the elements around
 * it declared on it. `text` is what it was read from.
 */
export function xmlDocumentOf(text: string, element: XmlElement): string {
  const written = text.slice(element.from, element.to);
  const nameEnd = /^<[^\s/>]+/.exec(written)?.[0].length ?? 0;
  const seen = new Set(element.scope === element.around ? [] : element.scope.declared.keys());
  const declarations: string[] = [];
  for (let at = element.around; at.outer; at = at.outer) {
    for (const [prefix, uri] of at.declared) {
      // A prefix may stand in text as well, as in the name of a topic.
      const isUsed = prefix === '' || written.includes(`${prefix}:`);
      if (isUsed && !seen.has(prefix)) {
        declarations.push(` xmlns${prefix === '' ? '' : `:${prefix}`}="${escapeXml(uri)}"`);
      }
      seen.add(prefix);
    }
  }
  return `${written.slice(0, nameEnd)}${declarations.join('')}${written.slice(nameEnd)}`;
}

export function escapeXml(text: string): string {
  return text.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
