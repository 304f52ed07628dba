/**
 * A plate camera of the Vzenith family: the bodies it posts, and how it understands the answers. Written
 * from the published push document, not from the driver.
 */

export interface EmulatedPost {
  readonly method: 'POST';
  readonly contentType: string;
  readonly body: Uint8Array;
}

export interface EmulatedPlate {
  /** Serial number of the camera. */
  readonly serialNumber: string;
  /** Counts readings of this camera. */
  readonly plateId: number;
  /** Text, or null for a vehicle without a plate. */
  readonly text: string | null;
  readonly colour?: 'unknown' | 'blue' | 'yellow' | 'white' | 'black' | 'green' | 'yellowGreen';
  /** 1 to 100; left out of the body where absent. */
  readonly confidence?: number;
  /** Camera's clock, ms since 1970. */
  readonly capturedAtMs: number;
  /** Stored while the camera was offline. */
  readonly offline?: boolean;
  readonly scene?: Uint8Array;
  readonly plate?: Uint8Array;
}

const colourCodes = [
  'unknown',
  'blue',
  'yellow',
  'white',
  'black',
  'green',
  'yellowGreen',
] as const;
const encoder = new TextEncoder();

function json(value: unknown): EmulatedPost {
  return {
    method: 'POST',
    contentType: 'application/json',
    body: encoder.encode(JSON.stringify(value)),
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function pictureFields(name: string, bytes: Uint8Array | undefined): Record<string, unknown> {
  if (!bytes) {
    return {};
  }
  const text = base64(bytes);
  return { [name]: text, [`${name}Len`]: text.length };
}

/** One reading as the camera posts it. */
export function platePost(reading: EmulatedPlate): EmulatedPost {
  const seconds = Math.floor(reading.capturedAtMs / 1000);
  const plateResult = {
    license: reading.text ?? '_无_',
    colorType: colourCodes.indexOf(reading.colour ?? 'unknown'),
    colorValue: 0,
    type: reading.text === null ? 31 : 0,
    ...(reading.confidence === undefined ? {} : { confidence: reading.confidence }),
    direction: 4,
    location: { RECT: { left: 812, top: 604, right: 1034, bottom: 671 } },
    plateid: reading.plateId,
    isoffline: reading.offline ? 1 : 0,
    is_fake_plate: 0,
    triggerType: 1,
    timeStamp: { Timeval: { sec: seconds, usec: (reading.capturedAtMs - seconds * 1000) * 1000 } },
    timeUsed: 0,
    gioouts: [{ ionum: 0, ctrltype: 0 }],
    ...pictureFields('imageFile', reading.scene),
    ...pictureFields('imageFragmentFile', reading.plate),
    imagePath: `/snap/${reading.plateId}.jpg`,
  };
  return json({
    AlarmInfoPlate: {
      channel: 0,
      deviceName: 'lane camera',
      ipaddr: '192.0.2.10',
      serialno: reading.serialNumber,
      user_data: '',
      result: { PlateResult: plateResult },
    },
  });
}

/** Heartbeat form as the camera posts it every 5 to 30 s, its password in clear among the fields. */
export function heartbeatPost(
  serialNumber: string,
  password = 'clear-text-password',
): EmulatedPost {
  const boundary = '------------------------7d9f2c41b8a3';
  const fields = {
    device_name: 'lane camera',
    ipaddr: '192.0.2.10',
    port: '80',
    user_name: 'admin',
    pass_wd: password,
    serialno: serialNumber,
    channel_num: '1',
  };
  const parts = Object.entries(fields).map(
    ([name, value]) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  return {
    method: 'POST',
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: encoder.encode(`${parts.join('')}--${boundary}--\r\n`),
  };
}

/** Change of one of the camera's own terminals. */
export function terminalPost(serialNumber: string, source: number, value: 0 | 1): EmulatedPost {
  return json({
    AlarmGioIn: {
      deviceName: 'lane camera',
      ipaddr: '192.0.2.10',
      serialno: serialNumber,
      result: { TriggerResult: { source, value } },
    },
  });
}

/** Bytes that arrived on the camera's serial port. */
export function serialDataPost(serialNumber: string, bytes: Uint8Array): EmulatedPost {
  const data = base64(bytes);
  return json({
    SerialData: {
      channel: 0,
      serialno: serialNumber,
      serialChannel: 0,
      data,
      dataLen: data.length,
    },
  });
}

/** What the camera does on an answer. */
export interface CameraReaction {
  /** Its own relay makes contact: a barrier wired to it would rise. */
  readonly firesRelay: boolean;
  /** False: it keeps the reading and posts it again, up to four times and later as offline. */
  readonly delivered: boolean;
}

/** How the camera takes an answer; firmware that insists on the response object decides `delivered`. */
export function reactionTo(status: number, body: string): CameraReaction {
  if (status !== 200) {
    return { firesRelay: false, delivered: false };
  }
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    return { firesRelay: false, delivered: false };
  }
  const response =
    typeof answer === 'object' && answer !== null
      ? (answer as Record<string, unknown>)['Response_AlarmInfoPlate']
      : undefined;
  if (typeof response !== 'object' || response === null) {
    return { firesRelay: false, delivered: false };
  }
  const fields = response as Record<string, unknown>;
  return { firesRelay: fields['info'] === 'ok' || 'ivs_ioctrl' in fields, delivered: true };
}
