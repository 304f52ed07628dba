/** Bodies as a camera of the Vzenith family posts them. */
export interface PlateSight {
  readonly serial: string;
  readonly plateId: number;
  readonly text: string;
  /** 1 to 100. */
  readonly confidence: number;
  readonly atMs: number;
}

export function platePushBody(sight: PlateSight): string {
  const { serial, plateId, text, confidence, atMs } = sight;
  return JSON.stringify({
    AlarmInfoPlate: {
      channel: 0,
      deviceName: 'IVS',
      ipaddr: '127.0.0.1',
      serialno: serial,
      result: {
        PlateResult: {
          license: text === '' ? '_无_' : text,
          colorType: text.length === 8 ? 5 : 2,
          confidence,
          direction: 4,
          isoffline: 0,
          plateid: plateId,
          triggerType: 8,
          timeStamp: { Timeval: { sec: Math.floor(atMs / 1_000), usec: (atMs % 1_000) * 1_000 } },
        },
      },
    },
  });
}
