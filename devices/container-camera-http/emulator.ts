/** A container portal: the bodies it posts for a passage, in the layout of the generic profile. */

export interface EmulatedPost {
  readonly method: 'POST';
  readonly contentType: string;
  readonly body: Uint8Array;
}

export interface EmulatedContainer {
  readonly position: 'front' | 'rear' | 'single' | 1 | 2;
  /** As the portal read it, misread or not. */
  readonly number: string;
  readonly isoType?: string;
  /** 0 to 1; left out of the body where absent. */
  readonly confidence?: number;
  /** The portal's own verdict on the check digit. */
  readonly checkOk?: boolean;
}

export interface EmulatedCapture {
  readonly lane: string;
  readonly passId: string;
  /** Portal's clock, ms since 1970. */
  readonly capturedAtMs: number;
  /** Empty: it saw no container. */
  readonly containers: readonly EmulatedContainer[];
  readonly images?: readonly {
    readonly view: 'front' | 'rear' | 'left' | 'right' | 'top';
    readonly bytes: Uint8Array;
  }[];
  readonly replayed?: boolean;
}

function json(value: unknown): EmulatedPost {
  return {
    method: 'POST',
    contentType: 'application/json',
    body: new TextEncoder().encode(JSON.stringify(value)),
  };
}

/** One capture as the portal posts it. */
export function containerPost(capture: EmulatedCapture): EmulatedPost {
  return json({
    lane: capture.lane,
    passId: capture.passId,
    ts: new Date(capture.capturedAtMs).toISOString(),
    ...(capture.replayed === undefined ? {} : { replayed: capture.replayed }),
    containers: capture.containers.map((each) => ({
      pos: each.position,
      number: each.number,
      checkOk: each.checkOk ?? true,
      ...(each.isoType === undefined ? {} : { isoType: each.isoType }),
      ...(each.confidence === undefined ? {} : { conf: each.confidence }),
    })),
    images: (capture.images ?? []).map((each) => ({
      view: each.view,
      b64: Buffer.from(each.bytes).toString('base64'),
    })),
  });
}

export function heartbeatPost(serialNumber: string): EmulatedPost {
  return json({ heartbeat: { serialno: serialNumber } });
}
