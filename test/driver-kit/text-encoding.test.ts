import fc from 'fast-check';
import t from 'tap';
import { spacedHex } from '../../src/driver-kit/profile/hex.ts';
import { encodedRow } from '../../src/driver-kit/text-encoding.ts';

const row = (text: string, encoding: 'ascii' | 'gb2312' | 'gbk' | 'utf-8', columns = 40) =>
  encodedRow(text, { encoding, columns, pad: false });

t.test('characters of GBK have the bytes of its standard', async (t) => {
  t.equal(spacedHex(row('啊', 'gbk')), 'B0 A1', 'the first of GB 2312');
  t.equal(spacedHex(row('欢迎', 'gb2312')), 'BB B6 D3 AD');
  t.equal(spacedHex(row('粤B1·', 'gbk')), 'D4 C1 42 31 A1 A4');
  t.equal(spacedHex(row('镕', 'gbk')), 'E9 46', 'beyond GB 2312');
  t.equal(spacedHex(row('镕', 'gb2312')), '3F');
  t.equal(spacedHex(row('车', 'ascii')), '3F');
  t.equal(spacedHex(row('车', 'utf-8')), 'E8 BD A6');
});

t.test('whatever GBK can say comes back as it was', async (t) => {
  const decoder = new TextDecoder('gbk');
  let all = 0;
  for (let code = 0x4e00; code <= 0x9fa5; code += 1) {
    const character = String.fromCharCode(code);
    const bytes = row(character, 'gbk');
    if (bytes.length === 2 && decoder.decode(bytes) === character) all += 1;
  }
  t.equal(all, 0x9fa5 - 0x4e00 + 1, 'every CJK ideograph of Unicode 1.1');
});

t.test('a row is cut at a whole character, and padded where asked', async (t) => {
  t.equal(spacedHex(row('ab车', 'gbk', 3)), '61 62');
  const padded = encodedRow('车', { encoding: 'gbk', columns: 4, pad: true });
  t.equal(spacedHex(padded), 'B3 B5 20 20');
});

t.test('no text brings a control character or more cells than there are', async () => {
  const encodings = fc.constantFrom('ascii', 'gb2312', 'gbk', 'utf-8');
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }));
  fc.assert(
    fc.property(text, encodings, fc.integer({ min: 4, max: 40 }), (value, encoding, columns) => {
      const bytes = encodedRow(value, { encoding, columns, pad: encoding !== 'utf-8' });
      const isClean = bytes.every((byte) => byte >= 0x20 && byte !== 0x7f);
      return (
        isClean && (encoding === 'utf-8' ? bytes.length <= 2 * columns : bytes.length <= columns)
      );
    }),
    { numRuns: 3_000 },
  );
});
