/**
 * Size and type code of a container, as painted beside its number or as messages carry it (ISO 6346, annexes
 * for sizes and types). Codes that are not in the tables are kept and said to be unknown: the tables change by
 * edition, and a box is not turned away for its paint.
 */
export type ContainerGroup =
  | 'generalPurpose'
  | 'ventilated'
  | 'dryBulk'
  | 'namedCargo'
  | 'reefer'
  | 'insulated'
  | 'openTop'
  | 'platform'
  | 'tank'
  | 'airSurface';

export interface SizeType {
  readonly kind: 'sizeType';
  /** Four characters, upper case. */
  readonly code: string;
  /** `type` as painted, as 22G1; `group` as messages have it, as 22GP; `old`: four digits of the edition of 1984. */
  readonly form: 'type' | 'group' | 'old';
  /** Outer length, mm; absent where the table has none. */
  readonly lengthMm?: number;
  /** Outer height, mm; absent where the table has none or only a bound. */
  readonly heightMm?: number;
  readonly group?: ContainerGroup;
  /** A letter in the fourth place of a painted code: the box bears less than others of its type. */
  readonly reducedStrength: boolean;
}

export type SizeTypeParse =
  | SizeType
  | { readonly kind: 'malformed'; readonly text: string; readonly hint: string };

/** First character. Ten, twenty, thirty and forty feet have digits; what is not ISO length has letters. */
const lengthsMm: Readonly<Record<string, number>> = {
  '1': 2_991,
  '2': 6_058,
  '3': 9_125,
  '4': 12_192,
  L: 13_716,
  M: 14_630,
};

/** Second character: height, together with the width, which this does not need. */
const heightsMm: Readonly<Record<string, number>> = {
  '0': 2_438,
  '2': 2_591,
  C: 2_591,
  L: 2_591,
  '4': 2_743,
  D: 2_743,
  M: 2_743,
  '5': 2_896,
  E: 2_896,
  N: 2_896,
  '8': 1_295,
};

const groups: Readonly<Record<string, ContainerGroup>> = {
  G: 'generalPurpose',
  V: 'ventilated',
  B: 'dryBulk',
  S: 'namedCargo',
  R: 'reefer',
  H: 'insulated',
  U: 'openTop',
  P: 'platform',
  T: 'tank',
  A: 'airSurface',
};

/** Third and fourth character where a message means the whole group. */
const groupCodes = new Set('GP VH BU SN RE RT RS HR HI UT PL PF PC PS TN TD TG AS'.split(' '));

/** Third character of the edition of 1984. */
const oldGroups: Readonly<Record<string, ContainerGroup>> = {
  '0': 'generalPurpose',
  '3': 'reefer',
  '4': 'reefer',
  '5': 'openTop',
  '6': 'platform',
  '7': 'tank',
};

export function parseSizeType(text: string): SizeTypeParse {
  const code = text.normalize('NFKC').toUpperCase().replace(/[\s-]/g, '');
  if (!/^[0-9A-Z]{2}(?:[A-Z][0-9A-Z]|\d{2})$/.test(code)) {
    return {
      kind: 'malformed',
      text: code,
      hint: 'a size and type code has four characters, as 22G1',
    };
  }
  const form = /^\d{4}$/.test(code) ? 'old' : groupCodes.has(code.slice(2)) ? 'group' : 'type';
  const lengthMm = lengthsMm[code.charAt(0)];
  const heightMm = form === 'old' ? oldHeightMm(code) : heightsMm[code.charAt(1)];
  const group = (form === 'old' ? oldGroups : groups)[code.charAt(2)];
  return {
    kind: 'sizeType',
    code,
    form,
    ...(lengthMm !== undefined && { lengthMm }),
    ...(heightMm !== undefined && { heightMm }),
    ...(group && { group }),
    reducedStrength: form === 'type' && /[A-Z]$/.test(code),
  };
}

/** In 1984 the second digit told the height: 0 and 1 of 8 ft, 2 and 3 of 8 ft 6 in. */
function oldHeightMm(code: string): number | undefined {
  return { '0': 2_438, '1': 2_438, '2': 2_591, '3': 2_591 }[code.charAt(1)];
}
