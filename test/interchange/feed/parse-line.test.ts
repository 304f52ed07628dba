import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { parseFeedLine } from '../../../src/interchange/feed/parse-line.ts';
import { none } from '../../support/exactly.ts';
import { repositoryFile } from '../../support/repository.ts';

const at = '2026-11-23T07:59:00Z';
const proof = {
  sequence: 7,
  asOf: at,
  version: 1,
  op: 'put',
  kind: 'proof',
  id: 'P-7',
  body: {
    lineage: 'L-7',
    proofType: 'customs_declaration',
    state: 'granted',
    issuer: '5788',
    issuedAt: at,
    containers: ['CSQU3054383'],
  },
};
const hold = {
  ...proof,
  kind: 'hold',
  id: 'H-7',
  body: {
    subject: { kind: 'container', container: 'CSQU3054383' },
    moves: ['leave'],
    instruction: 'stop',
    state: 'placed',
    authority: '海关5788',
    reason: '查验',
  },
};

const read = (value: unknown) => parseFeedLine(JSON.stringify(value));
/** Of a bad line; of another its kind. */
const taintsOf = (text: string): readonly string[] => {
  const line = parseFeedLine(text);
  return line.kind === 'bad' ? line.taints : [line.kind];
};
const never = '2026-02-30T00:00:00Z';

t.test('a time that does not exist makes a bad record, wherever it stands', async (t) => {
  t.match(read(proof), { kind: 'record' });
  for (const [name, record] of [
    ['asOf', { ...proof, asOf: never }],
    ['issuedAt', { ...proof, body: { ...proof.body, issuedAt: never } }],
    ['validUntil', { ...proof, body: { ...proof.body, validUntil: '2025-13-45T00:00:00Z' } }],
  ] as const) {
    const line = read(record);
    t.match(line, { kind: 'bad', sequence: 7 }, name);
    t.match(line, { reason: new RegExp(`${name} is no time that exists`) }, name);
    t.match(line, { taints: none }, `${name}: a grant that is not taken restricts nothing`);
  }
  const vehicle = { plates: ['粤B12345'], tags: [], status: 'valid', validUntil: never };
  t.match(read({ ...proof, kind: 'vehicle', body: vehicle }), { kind: 'bad', taints: none });
});

t.test('a restriction with a time that does not exist taints what it names', async (t) => {
  const taints = (value: unknown) => taintsOf(JSON.stringify(value));
  t.ok(taints({ ...hold, asOf: never }).includes('CSQU3054383'));
  const held = (subject: unknown) => ({ ...hold, asOf: never, body: { ...hold.body, subject } });
  t.ok(taints(held({ kind: 'vehicle', plate: '粤b·12345' })).includes('plate:粤B12345'));
  t.ok(taints(held({ kind: 'consignment', consignmentId: 'bl/7' })).includes('BL/7'));
  const revoked = { ...proof.body, state: 'revoked', containers: [], issuedAt: never };
  t.strictSame(taints({ ...proof, body: revoked }), ['proof:P-7', 'lineage:L-7']);
  t.ok(taints({ ...proof, op: 'delete', body: undefined, asOf: never }).includes('proof:P-7'));
  const blocked = { plates: ['粤B12345'], tags: [], status: 'blocked', validUntil: never };
  t.ok(taints({ ...proof, kind: 'vehicle', body: blocked }).includes('plate:粤B12345'));
});

t.test(
  'a hold on a box that nobody can make out is bad, and taints what it resembles',
  async (t) => {
    const held = (container: string, state = 'placed') =>
      read({ ...hold, body: { ...hold.body, state, subject: { kind: 'container', container } } });
    for (const container of ['CSQU305438', 'CSQU3054387', 'csqu 305438-3']) {
      t.match(held(container), { kind: 'record' }, container);
    }
    for (const [container, taint] of [
      ['305438', '305438'],
      ['3054383', '305438'],
      ['CSQ3054383', 'CSQ3054383'],
    ] as const) {
      const line = held(container);
      t.equal(line.kind, 'bad', container);
      t.ok(line.kind === 'bad' && line.taints.includes(taint), container);
      t.match(held(container, 'lifted'), { kind: 'record' }, 'to lift it nothing is needed');
    }
  },
);

t.test('a word hidden by escapes is the same word', async (t) => {
  const line = JSON.stringify({ ...hold, asOf: never })
    .replace('hold', '\\u0068old')
    .replace('CSQU3054383', '\\u0043SQU3054383');
  t.ok(taintsOf(line).includes('CSQU3054383'));
});

t.test('a plate is found in a line that is no JSON', async (t) => {
  for (const text of [
    '布控 粤B12345 立即',
    '{"kind":"hold","plate":"粤B·12345"',
    'hold 粤ZS544港',
  ]) {
    t.ok(
      taintsOf(text).some((taint) => ['plate:粤B12345', 'plate:粤ZS544港'].includes(taint)),
      text,
    );
  }
});

t.test('a header or a watermark that cannot be used says why', async (t) => {
  for (const [value, kind, reason] of [
    [{ watermark: { through: 7, at: never }, records: 0 }, 'badTrailer', /at is no time/],
    [{ watermark: { through: -1, at }, records: 0 }, 'badTrailer', /through must be >= 0/],
    [{ watermark: { through: 7, at } }, 'badTrailer', /'records'/],
    [{ watermark: 7, records: 0 }, 'badTrailer', /watermark must be object/],
    [{ kakouFeed: 2, source: 'customs', mode: 'delta' }, 'badHeader', /kakouFeed/],
    [{ kakouFeed: 1, source: 'customs', mode: 'full' }, 'badHeader', /mode/],
  ] as const) {
    const line = read(value);
    t.match(line, { kind, reason }, JSON.stringify(value));
  }
});

t.test('what a sender writes makes no reason long', async (t) => {
  const long = 'x'.repeat(10_000);
  for (const value of [
    { ...proof, kind: long },
    { ...proof, [long]: 1 },
    { ...proof, body: { ...proof.body, [long]: 1 } },
  ]) {
    const line = read(value);
    t.ok(line.kind === 'bad' && line.reason.length <= 301, line.kind);
  }
});

t.test('names with control characters or halves of characters are refused', async (t) => {
  for (const id of ['P\u00007', 'P\n7', 'P\ud800', '']) {
    t.match(read({ ...proof, id }), { kind: 'bad', reason: /\/id/ }, JSON.stringify(id));
  }
  t.match(read({ ...proof, id: '粤 7 号/é' }), { kind: 'record' });
});

t.test('numbers that a computer would round are refused', async (t) => {
  t.match(parseFeedLine(JSON.stringify(proof).replace('"sequence":7', '"sequence":1e20')), {
    kind: 'bad',
    sequence: undefined,
  });
  t.match(read({ ...proof, sequence: Number.MAX_SAFE_INTEGER }), { kind: 'record' });
  t.match(read({ ...proof, version: 0.5 }), { kind: 'bad' });
});

t.test('no line makes the reader throw', async (t) => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  t.match(parseFeedLine(deep), { kind: 'bad' });
  t.match(parseFeedLine(`{"sequence":1,"hold":${deep}}`), { kind: 'bad', sequence: 1 });
  const lines = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc
      .tuple(fc.constantFrom(JSON.stringify(proof), JSON.stringify(hold)), fc.nat(300), fc.string())
      .map(([text, place, put]) => `${text.slice(0, place)}${put}${text.slice(place + 1)}`),
  );
  fc.assert(
    fc.property(lines, (text) => typeof parseFeedLine(text).kind === 'string'),
    { numRuns: 3_000 },
  );
  t.pass();
});

t.test('the test facts of the commissioning page are what the feed takes', async (t) => {
  const page = readFileSync(repositoryFile('docs/how-to/commission-a-lane.md'), 'utf8');
  const files = [...page.matchAll(/^```\n(\{"kakouFeed"[\s\S]*?)\n```$/gm)].map(([, text = '']) =>
    text.split('\n').map(parseFeedLine),
  );
  t.equal(files.length, 2);
  for (const lines of files) {
    t.strictSame(
      lines.map(({ kind }) => kind),
      ['header', 'record', 'record', 'trailer'],
      JSON.stringify(lines),
    );
  }
});
