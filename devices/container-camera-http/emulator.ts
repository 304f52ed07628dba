/** The message of a container portal for one vehicle. */
export function containerPushBody(passId: string, numbers: readonly string[]): string {
  const alone = numbers.length === 1;
  return JSON.stringify({
    passId,
    ts: new Date().toISOString(),
    containers: numbers.map((number, i) => ({
      pos: alone ? 'single' : i + 1,
      number,
      checkOk: true,
      isoType: '22G1',
      conf: 0.96,
    })),
    images: [],
  });
}
