import fc from 'fast-check';
import t from 'tap';
import { type Dialect, standardDialect } from '../../../src/interchange/jgst14/dialect.ts';
import {
  decodeFrame,
  encodeFrame,
  type Frame,
  type FrameReading,
} from '../../../src/interchange/jgst14/frame.ts';
import { Framer } from '../../../src/interchange/jgst14/framer.ts';

const frame: Frame = {
  code: 0x21,
  premises: '5205000001',
  lane: '0000000012',
  direction: 'I',
  xml: '<A/>',
  images: [],
};
const dialects: readonly Dialect[] = ([38, 41] as const).flatMap((headerBytes) =>
  (['binary', 'ascii'] as const).flatMap((messageCode) =>
    (['big', 'little'] as const).flatMap((byteOrder) =>
      (['utf-8', 'gb18030'] as const).flatMap((charset) =>
        (['ones', 'zeros'] as const).flatMap((identifier) =>
          [true, false].map((imagesTotalCountsHeads) => ({
            headerBytes,
            messageCode,
            byteOrder,
            charset,
            identifier,
            imagesTotalCountsHeads,
          })),
        ),
      ),
    ),
  ),
);
const anyDialect = fc.constantFrom(...dialects);
const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const ascii = (text: string) => Buffer.from(text, 'latin1').toString('hex');
const reasonOf = (reading: FrameReading) => (reading.kind === 'refused' ? reading.reason : '');

t.test('the frame of the standard, byte by byte', async (t) => {
  const bytes = bytesOf(
    `e25c4b89 0000002f 00000021 ${ascii('5205000001')} ${ascii('0000000012')} ${ascii('I')}
     ffffffff 00000004 ${ascii('<A/>')} ffff`.replace(/\s+/g, ''),
  );
  t.strictSame(encodeFrame(frame, standardDialect), bytes);
  t.strictSame(decodeFrame(bytes, standardDialect), { kind: 'frame', frame });
});

t.test('the frame as most deployed code has it', async (t) => {
  const dialect: Dialect = {
    headerBytes: 38,
    messageCode: 'binary',
    byteOrder: 'little',
    charset: 'gb18030',
    identifier: 'zeros',
    imagesTotalCountsHeads: false,
  };
  const told: Frame = {
    ...frame,
    xml: '粤',
    images: [{ place: 0x30, bytes: Uint8Array.of(1, 2, 3) }],
  };
  const bytes = bytesOf(
    `e25c4b89 36000000 21 ${ascii('5205000001')} ${ascii('0000000012')} ${ascii('I')}
     00000000 02000000 d4c1 03000000 30 03000000 010203 ffff`.replace(/\s+/g, ''),
  );
  t.strictSame(encodeFrame(told, dialect), bytes);
  t.strictSame(decodeFrame(bytes, dialect), { kind: 'frame', frame: told });
  t.match(reasonOf(decodeFrame(bytes, { ...dialect, imagesTotalCountsHeads: true })), /images/);
});

t.test('a character that GBK has no place for is written as a reference', async (t) => {
  const dialect = { ...standardDialect, charset: 'gb18030' as const };
  const reading = decodeFrame(encodeFrame({ ...frame, xml: '<A>€粤𠮷</A>' }, dialect), dialect);
  t.match(reading, { frame: { xml: '<A>&#8364;粤&#134071;</A>' } });
});

t.test('a code that is written as text', async (t) => {
  const dialect = { ...standardDialect, messageCode: 'ascii' as const };
  const bytes = encodeFrame(frame, dialect);
  t.equal(Buffer.from(bytes.subarray(8, 12)).toString('latin1'), '0x21');
  t.strictSame(decodeFrame(bytes, dialect), { kind: 'frame', frame });
});

t.test('a number that is not of ten characters is never sent', async (t) => {
  for (const premises of ['', '123', '12345678901', '五205000001', '123456789 ']) {
    t.throws(() => encodeFrame({ ...frame, premises }, standardDialect), RangeError, premises);
  }
});

t.test('each part that is wrong is named', async (t) => {
  const bytes = encodeFrame(frame, standardDialect);
  const changed = (at: number, ...values: number[]) => {
    const copy = Uint8Array.from(bytes);
    copy.set(values, at);
    return reasonOf(decodeFrame(copy, standardDialect));
  };
  t.match(changed(0, 0), /another mark/);
  t.match(changed(7, 0x30), /says 48 bytes and has 47/);
  t.match(changed(12, 0), /number of the premises/);
  t.match(changed(32, 0x46), /direction "F"/);
  t.match(changed(33, 0), /identifier/);
  t.match(changed(40, 0xff), /ends within its XML/);
  t.match(changed(40, 3), /tail|images/);
  t.match(changed(46, 0xfe), /tail/);
  t.match(changed(41, 0xff, 0xfe), /no utf-8/);
  t.match(reasonOf(decodeFrame(bytes.subarray(0, 46), standardDialect)), /says 47 bytes/);
  t.equal(decodeFrame(new Uint8Array(0), standardDialect).kind, 'refused');
});

const anyFrame = fc.record(
  {
    code: fc.integer({ min: 0, max: 255 }),
    premises: fc.stringMatching(/^[0-9A-Z]{10}$/),
    lane: fc.stringMatching(/^[0-9A-Z]{10}$/),
    direction: fc.constantFrom('I', 'E'),
    // What XML can hold; what GBK has no place for is told by a reference, which is another text.
    xml: fc.string({ unit: fc.constantFrom(...'<A b="粤港澳車牌·">é0'), maxLength: 60 }),
    images: fc.array(
      fc.record(
        {
          place: fc.integer({ min: 0x30, max: 0x35 }),
          bytes: fc.uint8Array({ maxLength: 20 }),
        },
        { noNullPrototype: true },
      ),
      { maxLength: 3 },
    ),
  },
  { noNullPrototype: true },
) as fc.Arbitrary<Frame>;

t.test('what is written is read again, in every dialect and however it is cut', async (t) => {
  fc.assert(
    fc.property(
      anyDialect,
      fc.array(anyFrame, { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 1, max: 70 }),
      (dialect, frames, cut) => {
        const framer = new Framer(dialect, 65_536);
        const stream = Buffer.concat(frames.map((each) => encodeFrame(each, dialect)));
        const read: unknown[] = [];
        for (let from = 0; from < stream.length; from += cut) {
          read.push(...framer.push(stream.subarray(from, from + cut)));
        }
        t.strictSame(
          read,
          frames.map((each) => ({ kind: 'frame', frame: each })),
        );
        t.equal(framer.end(), undefined);
      },
    ),
    { numRuns: 300 },
  );
});

t.test(
  'a frame of another dialect, or with one byte changed, is never taken for another',
  async () => {
    fc.assert(
      fc.property(
        anyDialect,
        anyFrame,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (dialect, told, place, change) => {
          const bytes = encodeFrame(told, dialect);
          const at = place % bytes.length;
          bytes[at] = (bytes[at] ?? 0) ^ change;
          const reading = decodeFrame(bytes, dialect);
          // Numbers, text and pictures may read as others; the frame around them may not.
          return reading.kind === 'refused' || reading.frame.xml.length <= bytes.length;
        },
      ),
      { numRuns: 2_000 },
    );
  },
);

t.test(
  'bytes of any kind end a stream with a reason and take no more room than allowed',
  async () => {
    const marked = fc
      .tuple(fc.uint8Array({ maxLength: 80 }))
      .map(([rest]) => Uint8Array.from([0xe2, 0x5c, 0x4b, 0x89, ...rest]));
    fc.assert(
      fc.property(
        anyDialect,
        fc.array(fc.oneof(marked, fc.uint8Array({ maxLength: 80 })), { maxLength: 6 }),
        (dialect, chunks) => {
          const framer = new Framer(dialect, 200);
          const read = chunks.flatMap((chunk) => framer.push(chunk));
          const last = framer.end();
          return [...read, ...(last ? [last] : [])].every(
            (each, i, all) => each.kind === 'frame' || i === all.length - 1,
          );
        },
      ),
      { numRuns: 5_000 },
    );
  },
);

t.test('a length beyond the limit is refused before anything is kept for it', async (t) => {
  const framer = new Framer(standardDialect, 1_000);
  t.strictSame(framer.push(bytesOf('e25c4b89 7fffffff')), [
    { kind: 'refused', reason: 'says 2147483647 bytes, and at most 1000 are taken' },
  ]);
  t.strictSame(framer.push(encodeFrame(frame, standardDialect)), [], 'and the stream is over');
  const short = new Framer(standardDialect, 1_000);
  t.match(short.push(bytesOf('e25c4b89 00000008')), [{ reason: /fewer than 43/ }]);
  const cut = new Framer(standardDialect, 1_000);
  cut.push(encodeFrame(frame, standardDialect).subarray(0, 20));
  t.strictSame(cut.end(), { kind: 'refused', reason: 'ends after 20 bytes' });
});
