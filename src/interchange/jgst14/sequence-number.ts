/** `SEQ_NO` of a capture (JGS/T 14-2015): 14 digits of a time, and 6 of a counter that its owner keeps. */
const minute = 60_000;

/**
 * Time as the premises tell it, `YYYYMMDDHHmmSS`. It is a label: that a number is never given twice is the counter's and
 * the store's work, since clocks step back.
 */
export function sequenceTime(wallMs: number, offsetMinutes: number): string {
  return new Date(wallMs + offsetMinutes * minute).toISOString().slice(0, 19).replace(/[-T:]/g, '');
}

/** `gateDigit`: the first of the six digits, where several gates of the premises share the numbers of a second. */
export function sequenceNumber(time: string, counter: number, gateDigit?: number): string {
  if (gateDigit === undefined) return `${time}${String(counter % 1_000_000).padStart(6, '0')}`;
  return `${time}${gateDigit}${String(counter % 100_000).padStart(5, '0')}`;
}
