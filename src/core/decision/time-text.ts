/** A moment as a reason shows it: UTC to the minute, the same on every machine; `–` for an open end. */
export function timeText(ms: number | undefined): string {
  // biome-ignore lint/style/noRestrictedGlobals: this is a moment that was given, not now
  return ms === undefined ? '–' : `${new Date(ms).toISOString().slice(0, 16)}Z`;
}
