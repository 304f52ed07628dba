/**
 * Times of the feed: RFC 3339 with an offset. A time of the right form that no calendar or clock has is no
 * time: guessing what 30 February meant could keep a release alive. Leap seconds are not taken either.
 */
const form =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?(?:Z|[+-](\d{2}):(\d{2}))$/;

const daysOfMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** Milliseconds since 1970, or `undefined` where the text names no moment. */
export function instantMs(text: string): number | undefined {
  const found = form.exec(text);
  if (!found) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, ...offset] = found
    .slice(1)
    .map((digits) => Number(digits ?? 0));
  const [offsetHour = 0, offsetMinute = 0] = offset;
  const isDay = day >= 1 && day <= lastDayOf(year, month);
  const isClock = hour <= 23 && minute <= 59 && second <= 59;
  if (!isDay || !isClock || offsetHour > 23 || offsetMinute > 59) return undefined;
  return Date.parse(text);
}

function lastDayOf(year: number, month: number): number {
  const isLeapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && isLeapYear ? 29 : (daysOfMonth[month - 1] ?? 0);
}
