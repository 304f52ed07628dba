/**
 * Times of the feed: RFC 3339 with an offset. A time of the right form that no calendar or clock has is no
 * time: guessing what 30 February meant could keep a release alive. Leap seconds are not taken either.
 */
const form = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

const daysOfMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** Milliseconds since 1970, or `undefined` where the text names no moment. */
export function instantMs(text: string): number | undefined {
  return isInstant(text) ? Date.parse(text) : undefined;
}

/** Digits are taken by their place: a snapshot has tens of millions of times. */
export function isInstant(text: string): boolean {
  if (!form.test(text)) return false;
  const day = twoDigits(text, 8);
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  if (day < 1 || day > lastDayOf(year, twoDigits(text, 5))) return false;
  if (twoDigits(text, 11) > 23 || twoDigits(text, 14) > 59 || twoDigits(text, 17) > 59)
    return false;
  if (text.endsWith('Z')) return true;
  return twoDigits(text, text.length - 5) <= 23 && twoDigits(text, text.length - 2) <= 59;
}

function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
}

function lastDayOf(year: number, month: number): number {
  const isLeapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && isLeapYear ? 29 : (daysOfMonth[month - 1] ?? 0);
}
