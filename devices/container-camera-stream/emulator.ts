/**
 * A container portal that writes a line of text for each capture and a heartbeat in between, in the layout of the
 * generic profile. Written from that layout, not from the driver.
 */

export interface EmulatedContainer {
  /** As the portal read it, misread or not. */
  readonly number: string;
  readonly isoType?: string;
  /** 0 to 100. */
  readonly confidence?: number;
  readonly position: 'F' | 'R' | 'S' | '';
}

export type LineDamage = 'garbage' | 'truncated' | 'checksum';

const encoder = new TextEncoder();

/** `*` and the XOR of what stands before it, as NMEA 0183 has it. */
function checked(text: string): string {
  const check = encoder.encode(text).reduce((sum, byte) => sum ^ byte, 0);
  return `${text}*${check.toString(16).toUpperCase().padStart(2, '0')}`;
}

export function captureLine(id: string, containers: readonly EmulatedContainer[]): string {
  const columns = [0, 1].map((i) => {
    const seen = containers[i];
    if (!seen) return ',,,';
    return `${seen.number},${seen.isoType ?? ''},${seen.confidence ?? ''},${seen.position}`;
  });
  return `$${checked(`CN,${id},${columns.join(',')}`)}\r\n`;
}

export class ContainerPortal {
  readonly #heartbeatMs: number;
  readonly #waiting: Uint8Array[] = [];
  #heartbeatAtMs = Number.NEGATIVE_INFINITY;
  #captures = 0;
  #damage: LineDamage | undefined;

  constructor(heartbeatMs = 10_000) {
    this.#heartbeatMs = heartbeatMs;
  }

  /** The next capture is spoilt. */
  damageNext(damage: LineDamage): void {
    this.#damage = damage;
  }

  /** A truck passes; its line goes out with the next tick. Returns the id of the capture. */
  capture(containers: readonly EmulatedContainer[]): string {
    this.#captures += 1;
    const id = String(this.#captures);
    const line = encoder.encode(captureLine(id, containers));
    this.#waiting.push(this.#spoilt(line));
    return id;
  }

  #spoilt(line: Uint8Array): Uint8Array {
    const damage = this.#damage;
    this.#damage = undefined;
    switch (damage) {
      case 'garbage':
        return encoder.encode('portal ready, 3 cameras\r\n');
      case 'truncated':
        return line.slice(0, line.length / 2);
      case 'checksum':
        // One digit of the first number is another one.
        return line.map((byte, i) => (i === 12 ? byte ^ 1 : byte));
      default:
        return line;
    }
  }

  /** It listens to nothing. */
  received(): readonly Uint8Array[] {
    return [];
  }

  tick(nowMs: number): readonly Uint8Array[] {
    const due = this.#waiting.splice(0);
    if (nowMs - this.#heartbeatAtMs >= this.#heartbeatMs) {
      this.#heartbeatAtMs = nowMs;
      due.push(encoder.encode(`$${checked('HB')}\r\n`));
    }
    return due;
  }
}
