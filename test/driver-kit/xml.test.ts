import fc from 'fast-check';
import t from 'tap';
import {
  attributeOf,
  childOf,
  childrenOf,
  escapeXml,
  namespaceOf,
  readXml,
  type XmlElement,
  type XmlLimits,
  xmlDocumentOf,
} from '../../src/driver-kit/xml.ts';

const limits: XmlLimits = { lengthMax: 2_000, depthMax: 5, nodesMax: 40, attributesMax: 6 };

function root(text: string, of: XmlLimits = limits): XmlElement {
  const reading = readXml(text, of);
  if (reading.kind === 'refused') throw new Error(reading.reason);
  return reading.root;
}

function reason(text: string, of: XmlLimits = limits): string {
  const reading = readXml(text, of);
  return reading.kind === 'refused' ? reading.reason : `read ${reading.root.local}`;
}

t.test('elements are told apart by namespace, whatever their prefix', async (t) => {
  for (const text of [
    '<a:E xmlns:a="urn:one"><a:I xmlns:b="urn:two" b:n="1" n="2">x</a:I></a:E>',
    '<E xmlns="urn:one"><I xmlns:z="urn:two" z:n="1" n="2">x</I></E>',
    '<?xml version="1.0"?>\n<!-- c --><q:E xmlns:q="urn:one" xmlns:a="urn:two"><q:I a:n="1" n="2"><![CDATA[x]]></q:I></q:E>\n',
  ]) {
    const item = childOf(root(text), ['urn:one', 'I']);
    if (!item) throw new Error(text);
    t.equal(item.text, 'x');
    t.equal(attributeOf(item, 'n'), '2');
    t.equal(attributeOf(item, 'n', 'urn:two'), '1');
    t.equal(childOf(root(text), ['urn:two', 'I']), undefined);
  }
});

t.test('text is what stands there, with the five entities and numbers resolved', async (t) => {
  const element = root('<E a="&#x7ca4;&amp;1">001234 &lt;&#31908;&gt;<I/> 12E345</E>');
  t.equal(element.text, '001234 <粤> 12E345');
  t.equal(attributeOf(element, 'a'), '粤&1');
  t.equal(escapeXml('<"粤"&\'>'), '&#60;&#34;粤&#34;&#38;&#39;&#62;');
});

t.test('a prefix is resolved where it stands', async (t) => {
  const element = root('<E xmlns:a="urn:1"><I xmlns:a="urn:2"><U/></I><I/></E>');
  const [first, second] = childrenOf(element, '', 'I');
  if (!first || !second) throw new Error('no items');
  t.equal(namespaceOf(first.scope, 'a'), 'urn:2');
  t.equal(namespaceOf(second.scope, 'a'), 'urn:1');
  t.equal(namespaceOf(second.scope, 'b'), undefined);
});

t.test('each limit is held, at it and one beyond', async (t) => {
  const nested = (depth: number) => '<a>'.repeat(depth) + '</a>'.repeat(depth);
  t.equal(reason(nested(5)), 'read a');
  t.match(reason(nested(6)), /deeper than 5/);
  t.equal(reason(`<a>${'<b/>'.repeat(39)}</a>`), 'read a');
  t.match(reason(`<a>${'<b/>'.repeat(40)}</a>`), /more than 40 nodes/);
  t.match(reason(`<a>${'<b/>x'.repeat(30)}</a>`), /more than 40 nodes/, 'text counts too');
  const attributes = (count: number) =>
    `<a ${Array.from({ length: count }, (_, i) => `${i % 2 ? 'xmlns:' : ''}n${i}="u"`).join(' ')}/>`;
  t.equal(reason(attributes(6)), 'read a');
  t.match(reason(attributes(7)), /more than 6 attributes/);
  t.equal(reason(`<a>${'x'.repeat(1_993)}</a>`), 'read a');
  t.match(reason(`<a>${'x'.repeat(1_994)}</a>`), /2001 characters, and at most 2000/);
});

t.test('what is never read is refused by name', async (t) => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['<!DOCTYPE a><a/>', /document type/],
    ['<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', /document type|declaration|well-formed/],
    ['<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', /document type/],
    ['<a><!ELEMENT b></a>', /declaration/],
    ['<a><?php 1?></a>', /processing instruction/],
    ['<a>&nbsp;</a>', /well-formed/],
    ['<a>&e;</a>', /well-formed/],
    ['<a>&#0;</a>', /well-formed/],
    ['<a>&#xD800;</a>', /well-formed/],
    ['<a>&#x110000;</a>', /well-formed/],
    ['<p:a/>', /prefix/],
    ['<a p:x="1"/>', /prefix/],
    ['<p:a xmlns:p=""/>', /prefix/],
    ['<a/><b/>', /two outermost/],
    ['<a><b></a></b>', /well-formed/],
    ['<a>', /well-formed/],
    ['</a>', /well-formed/],
    ['<a', /well-formed/],
    ['<a/>text', /well-formed/],
    ['text', /well-formed/],
    ['{"json":1}', /well-formed/],
    ['<a hasOwnProperty="1" b="2"/>', /well-formed/],
    ['', /no element/],
    ['  \n', /no element/],
  ];
  for (const [text, expected] of cases) t.match(reason(text), expected, JSON.stringify(text));
});

t.test('names of JavaScript are names like others', async (t) => {
  const element = root('<__proto__ constructor="1"><toString>x</toString></__proto__>');
  t.equal(element.local, '__proto__');
  t.equal(attributeOf(element, 'constructor'), '1');
  t.equal(childOf(element, ['', 'toString'])?.text, 'x');
  t.equal(Object.getPrototypeOf({}), Object.prototype);
});

t.test('a part taken out is a document with the same meaning', async (t) => {
  const word = fc.constantFrom('a', 'b', 'topic', '粤B12345', '&amp;', ' ', '\n', '<![CDATA[<]]>');
  const names = fc.constantFrom('p:x', 'q:y', 'z');
  const tree = fc.letrec((tie) => ({
    element: fc
      .tuple(
        names,
        fc.subarray([' xmlns:p="urn:1"', ' xmlns:q="urn:&#34;2"', ' xmlns="urn:3"', ' k="v"']),
        fc.array(fc.oneof({ depthSize: 'small' }, word, tie('element')), { maxLength: 4 }),
      )
      .map(
        ([name, attributes, content]) =>
          `<${name}${attributes.join('')}>${content.join('')}</${name}>`,
      ),
  })).element as fc.Arbitrary<string>;
  const meaning = (element: XmlElement): unknown => [
    element.uri,
    element.local,
    element.text,
    element.attributes,
    element.children.map(meaning),
  ];
  const wide = { lengthMax: 1e5, depthMax: 40, nodesMax: 5_000, attributesMax: 20 };
  fc.assert(
    fc.property(tree, (text) => {
      const whole = `<o:r xmlns:o="urn:o" xmlns:p="urn:p" xmlns:q="urn:q">${text}</o:r>`;
      const [part] = root(whole, wide).children;
      if (!part) return false;
      const alone = root(xmlDocumentOf(whole, part), wide);
      return JSON.stringify(meaning(alone)) === JSON.stringify(meaning(part));
    }),
    { numRuns: 500 },
  );
  t.pass();
});
