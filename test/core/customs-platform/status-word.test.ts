import fc from 'fast-check';
import t from 'tap';
import { readStatusWord } from '../../../src/core/customs-platform/status-word.ts';

const released = '0'.repeat(20);
/** The opening rule as the standard's corrections state it, beside the table that the code reads by. */
const mayOpen = /^0{9}[01]{3}0{8}$/;
/** `released` with a character at a position, 1 to 20. */
const at = (position: number, character: string, word = released) =>
  `${word.slice(0, position - 1)}${character}${word.slice(position)}`;
const positionsOf = (word: string) => {
  const read = readStatusWord(word);
  return 'causes' in read ? read.causes.map(({ position }) => position) : [];
};

t.test(
  'a release is one form alone; display, voice and buzzer may be ordered with it',
  async (t) => {
    t.strictSame(readStatusWord(released), { kind: 'release' });
    t.strictSame(readStatusWord('00000000011100000000'), { kind: 'release' });
  },
);

t.test('positions 6 and 7 have w and x the other way round', async (t) => {
  t.match(readStatusWord(at(6, 'w')), {
    kind: 'refused',
    causes: [{ text: { zh: 'IC 卡无备案' } }],
  });
  t.match(readStatusWord(at(6, 'x')), { kind: 'held', causes: [{ text: { zh: 'IC 卡被布控' } }] });
  t.match(readStatusWord(at(7, 'w')), {
    kind: 'held',
    causes: [{ text: { zh: '电子车牌被布控' } }],
  });
  t.match(readStatusWord(at(7, 'x')), {
    kind: 'refused',
    causes: [{ text: { zh: '电子车牌无备案' } }],
  });
});

t.test('x at position 8 is the seal itself, which is not on file', async (t) => {
  t.match(readStatusWord(at(8, 'x')), {
    kind: 'refused',
    causes: [{ position: 8, text: { zh: '智能关锁无备案' } }],
  });
});

t.test('each state of its own is told apart', async (t) => {
  const kinds = {
    [at(1, 'Z')]: 'technicalFailure',
    [at(1, 'Y')]: 'technicalFailure',
    [at(1, 'X')]: 'technicalFailure',
    [at(1, 'W')]: 'technicalFailure',
    [at(1, 'V')]: 'waitsForDevices',
    [at(3, 'w')]: 'held',
    [at(4, 'w')]: 'held',
    [at(3, 'z')]: 'refused',
    [at(5, 'q')]: 'refused',
    [at(7, 'r')]: 'refused',
    [at(9, '9')]: 'refused',
    [at(13, 'y')]: 'refused',
    ['11000000000000000000']: 'refused',
    [at(1, 'w')]: 'refused',
    [at(10, '2')]: 'unreadable',
    [at(14, '1')]: 'unreadable',
    [at(5, 'a')]: 'unreadable',
    [at(20, '\u0000')]: 'unreadable',
    ['']: 'unreadable',
    [`${released}0`]: 'unreadable',
    [released.slice(1)]: 'unreadable',
    ['Y']: 'unreadable',
    ['０'.repeat(20)]: 'unreadable',
  };
  for (const [word, kind] of Object.entries(kinds)) t.equal(readStatusWord(word).kind, kind, word);
});

t.test('released with inspection is that only where nothing else is said', async (t) => {
  t.strictSame(readStatusWord('10100000000000000000'), { kind: 'inspection', boxes: ['front'] });
  t.strictSame(readStatusWord('00110000000000000000'), {
    kind: 'inspection',
    boxes: ['front', 'rear'],
  });
  t.equal(readStatusWord('11100000000000000000').kind, 'refused', 'and the barrier stays down');
  t.equal(readStatusWord('z0100000000000000000').kind, 'refused', 'the overall state says more');
  t.strictSame(positionsOf('q01zq000000000000000'), [3, 4, 5]);
});

t.test('no change of one character that the table does not allow releases', async (t) => {
  const characters = [...Array(256).keys()].map((code) => String.fromCharCode(code));
  for (let position = 1; position <= 20; position += 1) {
    for (const character of [...characters, '０', '〇', '\ud800', '💥']) {
      const word = at(position, character);
      t.equal(readStatusWord(word).kind === 'release', mayOpen.test(word), JSON.stringify(word));
    }
  }
});

t.test('whatever comes is read as something, and released by the opening rule alone', async () => {
  const letters = fc.constantFrom(...'0000000000019VWXYZopqrstuvwxyz2 \u0000');
  const near = fc.array(letters, { minLength: 18, maxLength: 21 }).map((all) => all.join(''));
  fc.assert(
    fc.property(fc.oneof(near, fc.string({ unit: 'binary', maxLength: 40 })), (word) => {
      const { kind } = readStatusWord(word);
      return (kind === 'release') === mayOpen.test(word);
    }),
    { numRuns: 20_000 },
  );
});
