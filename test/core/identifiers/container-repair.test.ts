/** A misread container number is never repaired by its check digit alone. */
import fc from 'fast-check';
import t from 'tap';
import {
  containerCheckRemainder,
  parseContainerNumber,
} from '../../../src/core/identifiers/container-number.ts';
import {
  proposeContainerNumbers,
  repairContainer,
} from '../../../src/core/identifiers/container-repair.ts';

const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
const owner = fc
  .array(fc.constantFrom(...letters), { minLength: 3, maxLength: 3 })
  .map((each) => each.join(''));
const serial = fc.integer({ min: 0, max: 999_999 }).map((n) => String(n).padStart(6, '0'));
const validNumber = fc
  .tuple(owner, serial)
  .map(([code, digits]) => `${code}U${digits}`)
  .map((ten) => `${ten}${containerCheckRemainder(ten) % 10}`);

const numbers = (text: string) => proposeContainerNumbers(text).map(({ number }) => String(number));
const two = (a: string, b: string) => [
  { deviceId: 'left', raw: a },
  { deviceId: 'right', raw: b },
];

t.test('a valid number has nothing to repair', async () => {
  fc.assert(fc.property(validNumber, (number) => numbers(number).length === 0));
});

t.test('what is proposed is valid, and the changes lead to it', async () => {
  const text = fc.oneof(
    validNumber.chain((number) =>
      fc
        .tuple(fc.integer({ min: 0, max: 10 }), fc.constantFrom(...letters, ...'0123456789'))
        .map(([at, other]) => number.slice(0, at) + other + number.slice(at + 1)),
    ),
    fc.string(),
  );
  fc.assert(
    fc.property(text, (read) =>
      proposeContainerNumbers(read).every(({ number, changes }) => {
        const restored = [...number];
        for (const { at, from } of changes) restored[at] = from;
        const was = read
          .normalize('NFKC')
          .toUpperCase()
          .replace(/[\s\-./]/g, '');
        return parseContainerNumber(number).kind === 'valid' && restored.join('') === was;
      }),
    ),
  );
});

t.test('letters in the place of digits, and the reverse', async (t) => {
  t.match(proposeContainerNumbers('CSQU3O54383'), [
    { number: 'CSQU3054383', rule: 'position', changes: [{ at: 5, from: 'O', to: '0' }] },
  ]);
  t.match(proposeContainerNumbers('C5QU3054383'), [{ number: 'CSQU3054383', rule: 'position' }]);
  t.match(proposeContainerNumbers('CSQV3054383'), [{ number: 'CSQU3054383', rule: 'position' }]);
  t.strictSame(proposeContainerNumbers('CSQU305438'), [], 'ten characters may lack any');
  t.strictSame(proposeContainerNumbers('CSQUAAAAAAA'), [], 'no digit looks like an A');
});

t.test('one digit that was taken for another', async (t) => {
  const proposals = proposeContainerNumbers('CSQU3064383');
  t.ok(proposals.some(({ number }) => number === ('CSQU3054383' as never)));
  t.ok(proposals.every(({ rule, changes }) => rule === 'confusion' && changes.length === 1));
  t.ok(numbers('CSQU3054388').includes('CSQU3054383'), 'the check digit itself');
});

t.test('letters that the check digit cannot tell apart are never repaired', async (t) => {
  const classes = 'AKU BLV CMW DNX EOY FPZ GQ HR IS JT'.split(' ');
  const pairs = classes.flatMap((each) =>
    [...each].flatMap((a, i) => [...each.slice(i + 1)].map((b) => [a, b] as const)),
  );
  t.equal(pairs.length, 22);
  for (const [a, b] of pairs) {
    const ten = (letter: string) => `${letter}SQU305438`;
    t.equal(containerCheckRemainder(ten(a)), containerCheckRemainder(ten(b)), `${a} ${b}`);
    const check = containerCheckRemainder(ten(a)) % 10;
    const [read, meant] = [`${ten(a)}${check}`, `${ten(b)}${check}`];
    t.strictSame(numbers(read), [], 'the reading is valid: nothing shows that it is wrong');
    t.equal(repairContainer(two(read, read), [meant]), undefined);
    const wrong = `${ten(a)}${(check + 1) % 10}`;
    t.notOk(numbers(wrong).includes(meant), 'and with a wrong check digit no letter is changed');
    t.equal(repairContainer(two(wrong, wrong), [meant]), undefined);
  }
});

t.test('a repair needs the plan and a second device', async (t) => {
  const misread = two('CSQU3O54383', 'CSQU3D54383');
  t.match(repairContainer(misread, ['CSQU3054383', 'CBHU3202732']), {
    number: 'CSQU3054383',
    witnesses: ['left', 'right'],
  });
  t.equal(repairContainer(misread, []), undefined, 'nothing is expected');
  t.equal(repairContainer(misread, ['CBHU3202732']), undefined, 'another is expected');
  t.equal(repairContainer(misread.slice(0, 1), ['CSQU3054383']), undefined, 'one device alone');
  const twice = misread.map((each) => ({ ...each, deviceId: 'left' }));
  t.equal(repairContainer(twice, ['CSQU3054383']), undefined, 'one device twice is one');
  t.equal(
    repairContainer(two('CSQU3O54383', 'CBHU3202732'), ['CSQU3054383', 'CBHU3202732']),
    undefined,
    'the other read another number',
  );
  t.match(repairContainer(two('CSQU3O54383', 'csqu 305438 3'), ['CSQU3054383']), {
    witnesses: ['left', 'right'],
  });
});

t.test('two expected numbers that a misreading is near to leave it open', async () => {
  fc.assert(
    fc.property(validNumber, fc.integer({ min: 4, max: 10 }), (number, at) => {
      const read = `${number.slice(0, at)}8${number.slice(at + 1)}`;
      const near = numbers(read);
      if (near.length < 2) return true;
      return repairContainer(two(read, read), near) === undefined;
    }),
  );
});

t.test('what is repaired was expected and two devices support it', async () => {
  const reading = validNumber.chain((number) =>
    fc.record({
      number: fc.constant(number),
      at: fc.integer({ min: 0, max: 10 }),
      to: fc.constantFrom(...letters, ...'0123456789'),
      expected: fc.boolean(),
    }),
  );
  fc.assert(
    fc.property(fc.array(reading, { minLength: 1, maxLength: 4 }), (all) => {
      const readings = all.map(({ number, at, to }, index) => ({
        deviceId: `camera-${index % 2}`,
        raw: number.slice(0, at) + to + number.slice(at + 1),
      }));
      const expected = all.flatMap(({ number, expected }) => (expected ? [number] : []));
      const repair = repairContainer(readings, expected);
      if (!repair) return true;
      const supporters = new Set(
        readings.flatMap(({ deviceId, raw }) => {
          const parsed = parseContainerNumber(raw);
          const says = parsed.kind === 'valid' ? [String(parsed.number)] : numbers(raw);
          return says.includes(repair.number) ? [deviceId] : [];
        }),
      );
      return expected.includes(repair.number) && supporters.size >= 2;
    }),
  );
});
