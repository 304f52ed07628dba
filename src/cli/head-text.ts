/** `EPOCH:ENTRIES:HEAD`, as a verification tells how far a log goes. */
export function headOf(text: string) {
  const match = /^([0-9a-f]{32}):(\d{1,15}):([0-9a-f]{64})$/.exec(text);
  if (!match) return 'malformed' as const;
  const [, epoch = '', entries = '', head = ''] = match;
  return { epoch, entries: Number(entries), head };
}
