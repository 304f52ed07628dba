import fc from 'fast-check';
import t from 'tap';
import {
  containerCheckRemainder,
  parseContainerNumber,
} from '../../../src/core/identifiers/container-number.ts';
import { parseTag } from '../../../src/core/identifiers/tag.ts';
import { parsePlate } from '../../../src/core/identifiers/vehicle-plate.ts';

t.test('ISO 6346 numbers with their published check digits are valid', async (t) => {
  const valid = [
    'CSQU3054383',
    'APZU4812090',
    'CBHU3202732',
    'NYKU2938412',
    'HLXU2008419',
    'MSKU0000006',
    'ABCU1234560',
    'TGHU7599330',
    'CSQU0000090',
    'CCLJ3100008',
    'CCLZ3100009',
  ];
  for (const text of valid)
    t.match(parseContainerNumber(text), { kind: 'valid', number: text, remainderTen: false });
  for (const text of ['TRHU0000000', 'CSQU0000070'])
    t.match(parseContainerNumber(text), { kind: 'valid', remainderTen: true });
  t.match(parseContainerNumber(' csqu 305438-3 '), { kind: 'valid', number: 'CSQU3054383' });
});

t.test(
  'a wrong check digit is kept as nonconforming, a wrong form is refused with its reason',
  async (t) => {
    t.match(parseContainerNumber('CSQU3054384'), {
      kind: 'nonconforming',
      checkDigitRead: 4,
      checkDigitExpected: 3,
    });
    for (const [text, reason] of [
      ['', 'empty'],
      ['NULL', 'empty'],
      ['CSQ3054383', 'length'],
      ['CSQU30543831', 'length'],
      ['CSQA3054383', 'category'],
      ['C5QU3054383', 'ownerCode'],
      ['CSQU305438X', 'serial'],
    ] as const) {
      t.match(parseContainerNumber(text), { kind: 'malformed', reason }, text);
    }
  },
);

t.test(
  'letters that differ by a multiple of eleven share a remainder, so the digit cannot tell them apart',
  async (t) => {
    for (const [a, b] of [
      ['HLXU200841', 'RLXU200841'],
      ['FSCU123456', 'PSCU123456'],
      ['GESU123456', 'QESU123456'],
      ['MSKU123456', 'WSKU123456'],
      ['IPXU123456', 'SPXU123456'],
    ] as const) {
      t.equal(containerCheckRemainder(a), containerCheckRemainder(b), `${a} ${b}`);
    }
  },
);

t.test(
  'one replaced serial digit is always noticed unless a remainder of ten is in play',
  async () => {
    const serial = fc.tuple(
      fc.integer({ min: 0, max: 999_999 }),
      fc.integer({ min: 0, max: 5 }),
      fc.integer({ min: 1, max: 9 }),
    );
    fc.assert(
      fc.property(serial, ([n, place, shift]) => {
        const ten = `CSQU${String(n).padStart(6, '0')}`;
        const digit = (Number(ten.charAt(4 + place)) + shift) % 10;
        const changed = ten.slice(0, 4 + place) + digit + ten.slice(5 + place);
        const [a, b] = [containerCheckRemainder(ten), containerCheckRemainder(changed)];
        return a === 10 || b === 10 || a % 10 !== b % 10;
      }),
      { seed: 11 },
    );
  },
);

t.test('plates by form', async (t) => {
  for (const [text, ...kinds] of [
    ['京A12345', 'ordinary'],
    ['粤B·D12345', 'newEnergySmall'],
    ['粤B12345D', 'newEnergyLarge'],
    ['苏A8U98挂', 'trailer'],
    ['浙B1234学', 'coach'],
    ['京A1234警', 'police'],
    ['沪A0023领', 'consulate'],
    ['使014578', 'embassy'],
    ['粤Z1234港', 'crossBorder'],
    ['粤ZAB12澳', 'crossBorder'],
    ['FV88', 'hongKong'],
    ['M-00-01', 'macau'],
    ['AB1234', 'macau', 'hongKong'],
    ['MV1234', 'hongKong'],
  ] as const) {
    const parsed = parsePlate(text);
    t.equal(parsed.kind, 'plate', text);
    if (parsed.kind === 'plate') t.strictSame(parsed.candidates, kinds, text);
  }
  for (const text of ['京I12345', '京A1234O', '粤B123456', '粤BL12345', '粤A12345港', 'IO12']) {
    t.match(parsePlate(text), { kind: 'malformed', reason: 'unknownForm' }, text);
  }
  for (const text of ['_无_', '', 'unknown'])
    t.match(parsePlate(text), { kind: 'malformed', reason: 'empty' }, text);
});

t.test('a tag is opaque hexadecimal', async (t) => {
  t.match(parseTag('e2 80 68 94'), { kind: 'tag', id: 'E2806894' });
  for (const text of ['', 'E2', 'E28', 'XYZW'])
    t.match(parseTag(text), { kind: 'malformed' }, text);
});

t.test('no text makes a parser throw', async () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), (text) => {
      parsePlate(text);
      parseContainerNumber(text);
      parseTag(text);
      return true;
    }),
    { seed: 3 },
  );
});
