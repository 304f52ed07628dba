import t from 'tap';
import { parseContainerNumber } from '../../../src/core/identifiers/container-number.ts';

t.test('ISO 6346 numbers with their published check digits are valid', async (t) => {
  for (const text of ['CSQU3054383', 'CBHU3202732', 'NYKU2938412', 'HLXU2008419', 'MSKU0000006']) {
    const parsed = parseContainerNumber(text);
    t.match(parsed, { kind: 'valid', number: text, remainderTen: false });
  }
});
