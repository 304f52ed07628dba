import type { Brand } from '../brand.ts';

/** A plate's text, normalised: NFKC, upper case, without spaces and separators. */
export type PlateText = Brand<string, 'PlateText'>;

export type PlateColour = 'blue' | 'yellow' | 'white' | 'black' | 'green' | 'yellowGreen' | 'other';

export type PlateKind =
  | 'ordinary'
  | 'newEnergySmall'
  | 'newEnergyLarge'
  | 'trailer'
  | 'coach'
  | 'police'
  | 'consulate'
  | 'embassy'
  | 'crossBorder'
  | 'hongKong'
  | 'macau';

/** Who issued a plate. 粤Z…港 and 粤Z…澳 are mainland plates of vehicles that also bear another. */
export type PlateJurisdiction = 'mainland' | 'hongKong' | 'macau';

export type PlateParse =
  | {
      readonly kind: 'plate';
      readonly text: PlateText;
      /** More than one kind where the text alone cannot tell: only layout or colour decides (Hong Kong, Macau). */
      readonly candidates: readonly PlateKind[];
    }
  | {
      readonly kind: 'malformed';
      readonly text: string;
      readonly reason: 'empty' | 'unknownForm';
      readonly hint: string;
    };

/** The 31 province characters of GA 36-2018. */
const province = '京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼';
/** Letters in use: I and O are not issued. */
const letter = 'A-HJ-NP-Z';

const forms: readonly (readonly [PlateKind, RegExp])[] = [
  ['crossBorder', new RegExp(`^粤Z[${letter}0-9]{4}[港澳]$`)],
  ['trailer', new RegExp(`^[${province}][${letter}][${letter}0-9]{4}挂$`)],
  ['coach', new RegExp(`^[${province}][${letter}][${letter}0-9]{4}学$`)],
  ['police', new RegExp(`^[${province}][${letter}][${letter}0-9]{4}警$`)],
  ['consulate', new RegExp(`^[${province}][${letter}][${letter}0-9]{4}领$`)],
  ['embassy', /^(?:使\d{6}|\d{6}使)$/],
  ['newEnergySmall', new RegExp(`^[${province}][${letter}][A-HJK][${letter}0-9]\\d{4}$`)],
  ['newEnergyLarge', new RegExp(`^[${province}][${letter}]\\d{5}[A-HJK]$`)],
  ['ordinary', new RegExp(`^[${province}][${letter}][${letter}0-9]{5}$`)],
  ['macau', /^(?:M[A-UW-Z]?|A[A-Z])\d{4}$/],
  ['hongKong', /^(?:[A-HJ-NPR-Z]{2})?[1-9]\d{0,3}$/],
];

/** What cameras send when they saw a vehicle and no plate; vendors' further words stand in their profiles. */
const noPlateWords = new Set(['', 'NULL', '_无_', '无', '无车牌', 'NOPLATE', 'UNKNOWN']);

/** Text as compared and stored: NFKC, upper case, without spaces, dots and hyphens. */
export function normalisePlateText(text: string): string {
  return text
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s·・.-]/g, '');
}

/** Parses a plate as read or typed (GA 36-2018; Hong Kong and Macau by their published forms). */
export function parsePlate(text: string): PlateParse {
  const normalised = normalisePlateText(text);
  if (noPlateWords.has(normalised)) {
    return {
      kind: 'malformed',
      text: normalised,
      reason: 'empty',
      hint: 'no plate was recognised',
    };
  }
  const candidates = forms.filter(([, form]) => form.test(normalised)).map(([kind]) => kind);
  if (candidates.length === 0) {
    return {
      kind: 'malformed',
      text: normalised,
      reason: 'unknownForm',
      hint: 'no mainland, cross-border, Hong Kong or Macau plate has this form',
    };
  }
  return { kind: 'plate', text: normalised as PlateText, candidates };
}

/**
 * Who issued the plate, as far as form, colour and the camera's word tell; absent where Hong Kong and Macau both
 * may have: AB1234 is either. The colour is that of the plate: Macau's are black, Hong Kong's white or yellow.
 */
export function plateJurisdiction(
  candidates: readonly PlateKind[],
  { colour, country }: { readonly colour?: PlateColour; readonly country?: string },
): PlateJurisdiction | undefined {
  const possible = new Set(candidates.map(issuerOf));
  const [only] = possible;
  if (possible.size === 1) return only;
  const told = country === undefined ? undefined : countryIssuer(country);
  if (told && possible.has(told)) return told;
  if (colour === 'black') return 'macau';
  return colour === 'white' || colour === 'yellow' ? 'hongKong' : undefined;
}

function issuerOf(kind: PlateKind): PlateJurisdiction {
  return kind === 'hongKong' || kind === 'macau' ? kind : 'mainland';
}

function countryIssuer(country: string): PlateJurisdiction | undefined {
  if (/^(?:HK|HKG)$|hong ?kong|香港/i.test(country)) return 'hongKong';
  if (/^(?:MO|MAC)$|maca[uo]|澳门|澳門/i.test(country)) return 'macau';
  return /^(?:CN|CHN)$|china|中国/i.test(country) ? 'mainland' : undefined;
}
