/**
 * The status word of 20 characters by which the customs gate platform answers a capture (JGS/T 14-2015, Annex B, the
 * column of the release order). It is read position by position against a table: a letter means one thing in one
 * position and another in the next, and what the table does not have is not readable. It is released by one form alone,
 * and never by the absence of a refusal.
 */
import type { ReasonText } from '../decision/check.ts';

/** Why the platform does not let a vehicle go, and where in the word it says so. */
export interface StatusCause {
  /** Position in the word, 1 to 20. */
  readonly position: number;
  readonly character: string;
  readonly text: ReasonText;
}

export type StatusWord =
  | { readonly kind: 'release' }
  /** Released, and to be inspected: nothing else stands against it. */
  | { readonly kind: 'inspection'; readonly boxes: readonly ('front' | 'rear')[] }
  /** Under a hold (布控) of customs. */
  | { readonly kind: 'held'; readonly causes: readonly StatusCause[] }
  | { readonly kind: 'refused'; readonly causes: readonly StatusCause[] }
  /** Devices have to answer first: it is not released yet. */
  | { readonly kind: 'waitsForDevices' }
  /** The platform itself could not judge: no refusal, and no release either. */
  | { readonly kind: 'technicalFailure'; readonly cause: StatusCause }
  | { readonly kind: 'unreadable'; readonly detail: string };

const statusWordLength = 20;

/** What a character says where it stands. `fine` is all that a release may have there. */
type Meaning = 'fine' | 'inspect' | 'hold' | 'refuse' | 'waits' | 'broken';
interface Entry extends ReasonText {
  readonly means: Meaning;
}
type Column = Readonly<Record<string, Entry>>;

const entry = (means: Meaning, zh: string, en: string): Entry => ({ means, zh, en });
const fine = entry('fine', '正常', 'in order');
const only = (...characters: readonly string[]): Column =>
  Object.fromEntries(characters.map((character) => [character, fine]));

/** What the sum of the others may be is left open by the standard: any value that they have, and none of them releases. */
const overall: Column = {
  '0': fine,
  Z: entry('broken', '对象转换错误', 'it could not convert the message'),
  Y: entry('broken', '数据库写入错误', 'its database could not be written'),
  X: entry('broken', '数据库连接错误', 'its database could not be reached'),
  W: entry('broken', '数据不合法', 'it found the data of the capture not valid'),
  V: entry('waits', '等待设备反馈', 'it waits for devices to answer'),
  ...Object.fromEntries(
    [...'12346789opqrstuvwxz'].map((character) => [
      character,
      entry('refuse', '总状态为不放行', 'the overall state is no release'),
    ]),
  ),
};

const box = (zh: string, en: string): Column => ({
  '0': fine,
  '1': entry('inspect', `${zh}查验放行`, `${en} is released with inspection`),
  v: entry(
    'refuse',
    `${zh}同时有报关单和转关单`,
    `there are a declaration and a transfer for the ${en}`,
  ),
  w: entry('hold', `${zh}被布控`, `${en} is under a hold`),
  z: entry('refuse', `${zh}无放行信息`, `there is no release for the ${en}`),
});

const operation = (zh: string, en: string): Column => ({
  '0': fine,
  '1': entry('refuse', `${zh}操作未完成`, `an operation of the ${en} is not done`),
  '2': entry('refuse', `${zh}操作未完成`, `an operation of the ${en} is not done`),
  '9': entry('refuse', `${zh}操作失败`, `an operation of the ${en} has failed`),
});

/** By position, from the first. */
const columns: readonly Column[] = [
  overall,
  {
    '0': fine,
    '1': entry('refuse', '不抬杆', 'the barrier is not to be raised'),
    '2': entry('refuse', '落杆', 'the barrier is to be lowered'),
  },
  box('前箱', 'front box'),
  box('后箱', 'rear box'),
  {
    '0': fine,
    q: entry('refuse', '整车重量不符', 'the weight of the truck does not fit'),
    p: entry('refuse', '整箱重量不符', 'the weight of the box does not fit'),
    o: entry('refuse', '货物重量不符', 'the weight of the cargo does not fit'),
  },
  {
    '0': fine,
    w: entry('refuse', 'IC 卡无备案', 'the IC card is not on file'),
    x: entry('hold', 'IC 卡被布控', 'the IC card is under a hold'),
    u: entry(
      'refuse',
      'IC 卡车辆备案过期',
      'the registration of the vehicle on the IC card is over',
    ),
    s: entry(
      'refuse',
      'IC 卡司机所属企业无转关资质',
      "the company of the IC card's driver may not carry under transfer",
    ),
  },
  {
    '0': fine,
    x: entry('refuse', '电子车牌无备案', 'the electronic plate is not on file'),
    w: entry('hold', '电子车牌被布控', 'the electronic plate is under a hold'),
    u: entry('refuse', '电子车牌车辆备案过期', 'the registration of the vehicle is over'),
    t: entry('refuse', '车辆无备案重量', 'the vehicle has no registered weight'),
    s: entry(
      'refuse',
      '车辆所属企业无转关资质',
      'the company of the vehicle may not carry under transfer',
    ),
    r: entry(
      'refuse',
      '车辆进场后非法改变',
      'the vehicle was changed against the rules since it came in',
    ),
  },
  {
    ...operation('智能关锁', 'smart electronic seal'),
    x: entry('refuse', '智能关锁无备案', 'the smart electronic seal is not on file'),
  },
  operation('卫星定位终端', 'satellite tracker'),
  only('0', '1'),
  only('0', '1'),
  only('0', '1'),
  { '0': fine, y: entry('refuse', '通道未配置', 'the platform has not configured the lane') },
  ...Array.from({ length: 7 }, () => only('0')),
];

/** What a character says at a position, 1 to 20; undefined where the table has none. */
export function statusText(position: number, character: string): ReasonText | undefined {
  const column = columns[position - 1];
  return column && Object.hasOwn(column, character) ? column[character] : undefined;
}

/** Never throws, whatever the text. Anything but one exact form is not `release`. */
export function readStatusWord(word: string): StatusWord {
  const characters = [...word];
  if (characters.length !== statusWordLength) {
    const detail = `it has ${characters.length} characters, not ${statusWordLength}`;
    return { kind: 'unreadable', detail };
  }
  const read = columns.map((column, at) => {
    const character = characters[at] ?? '';
    const found = Object.hasOwn(column, character) ? column[character] : undefined;
    return { position: at + 1, character, found };
  });
  const strange = read.find(({ found }) => found === undefined);
  if (strange) {
    const { position, character } = strange;
    const detail = `${JSON.stringify(character)} means nothing at position ${position}`;
    return { kind: 'unreadable', detail };
  }
  const told = read.flatMap(({ position, character, found }) =>
    found && found !== fine
      ? [{ position, character, means: found.means, text: { zh: found.zh, en: found.en } }]
      : [],
  );
  return told.length === 0 ? { kind: 'release' } : notReleased(told);
}

interface Told extends StatusCause {
  readonly means: Meaning;
}

function notReleased(told: readonly Told[]): StatusWord {
  const [first] = told;
  if (first?.means === 'broken') return { kind: 'technicalFailure', cause: causeOf(first) };
  if (first?.means === 'waits') return { kind: 'waitsForDevices' };
  // The overall state repeats what stands behind it; where nothing does, it is all that is said.
  const own = told.filter(({ position }) => position > 1);
  const causes = (own.length === 0 ? told : own).map(causeOf);
  if (own.some(({ means }) => means === 'hold')) return { kind: 'held', causes };
  const inspected = own.filter(({ means }) => means === 'inspect');
  const isInspection = inspected.length > 0 && inspected.length === own.length;
  if (!isInspection || !isOverallOfInspection(told)) return { kind: 'refused', causes };
  return {
    kind: 'inspection',
    boxes: inspected.map(({ position }) => (position === 3 ? 'front' : 'rear')),
  };
}

/** `0` and `1` agree with an inspection and nothing else; another overall state says that there is more. */
function isOverallOfInspection([first]: readonly Told[]): boolean {
  return first?.position !== 1 || first.character === '1';
}

function causeOf({ position, character, text }: Told): StatusCause {
  return { position, character, text };
}
