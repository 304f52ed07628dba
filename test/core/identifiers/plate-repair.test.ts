import fc from 'fast-check';
import t from 'tap';
import { nearestPlate } from '../../../src/core/identifiers/plate-repair.ts';
import { parseSeal } from '../../../src/core/identifiers/seal.ts';
import {
  type PlateColour,
  parsePlate,
  plateJurisdiction,
} from '../../../src/core/identifiers/vehicle-plate.ts';

t.test('a plate one confused character away from the one that is expected', async (t) => {
  t.equal(nearestPlate('粤B1234S', ['粤B12345']), '粤B12345');
  t.equal(nearestPlate('粤BA1O02', ['粤BA1002']), '粤BA1002');
  t.equal(nearestPlate('粤 b·1234s', ['粤B 12345']), '粤B12345');
  t.equal(nearestPlate('沪B12345', ['津B12345']), '津B12345');
});

t.test('nothing is repaired where it is not clear', async (t) => {
  t.equal(nearestPlate('粤B12345', ['粤B12345']), undefined, 'it is read right');
  t.equal(nearestPlate('粤B1234S', []), undefined, 'nothing is expected');
  t.equal(nearestPlate('粤BA1O0Z', ['粤BA1002']), undefined, 'two characters');
  t.equal(nearestPlate('粤B12346', ['粤B12345']), undefined, 'characters that do not look alike');
  t.equal(nearestPlate('粤B1234', ['粤B12345']), undefined, 'one character is missing');
  t.equal(nearestPlate('粤B8888O', ['粤B88880', '粤B8888D']), undefined, 'two are near');
  t.equal(nearestPlate('粤B1234S', ['not a plate 5']), undefined);
});

t.test('what comes out was expected', async () => {
  const text = fc.string({ maxLength: 9 });
  fc.assert(
    fc.property(text, fc.array(text), (read, expected) => {
      const plate = nearestPlate(read, expected);
      return plate === undefined || expected.some((each) => nearestPlate(read, [each]) === plate);
    }),
  );
});

t.test('who issued a plate', async (t) => {
  const by = (text: string, colour?: PlateColour, country?: string) => {
    const parsed = parsePlate(text);
    if (parsed.kind !== 'plate') throw new Error(text);
    return plateJurisdiction(parsed.candidates, {
      ...(colour && { colour }),
      ...(country !== undefined && { country }),
    });
  };
  t.equal(by('粤B12345'), 'mainland');
  t.equal(by('粤ZF023港'), 'mainland');
  t.equal(by('WX1234'), 'hongKong');
  t.equal(by('MA1234'), undefined, 'Hong Kong and Macau both issue it');
  t.equal(by('MA1234', 'black'), 'macau');
  t.equal(by('MA1234', 'yellow'), 'hongKong');
  t.equal(by('MA1234', 'yellow', 'MAC'), 'macau', "the camera's word goes before the colour");
  t.equal(by('MA1234', 'blue'), undefined);
  t.equal(by('粤B12345', 'black', 'HKG'), 'mainland', 'the form leaves no doubt');
});

t.test('a seal is opaque', async (t) => {
  t.strictSame(parseSeal(' hk-123 456 '), { kind: 'seal', number: 'HK123456' });
  for (const text of ['', 'ab1', '!!!!', 'A'.repeat(21)])
    t.match(parseSeal(text), { kind: 'malformed', hint: /4 to 20/ }, text);
});
