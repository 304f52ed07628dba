/** Requests and answers of the Modbus application protocol V1.1b3 as a server reads and writes them. */
import type { ModbusReply, ModbusRequest } from '../driver-kit/contract.ts';

export const illegalAddress = 2;

const word = (bytes: Uint8Array, at: number) => (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
const wordBytes = (value: number) => [(value >> 8) & 0xff, value & 0xff];

/** Undefined for a function that kakou does not use, or a PDU of a wrong length. */
export function requestOf(pdu: Uint8Array): ModbusRequest | undefined {
  const code = pdu[0];
  const address = word(pdu, 1);
  switch (code) {
    case 1:
    case 2:
    case 3:
    case 4:
      return pdu.length === 5 ? { function: code, address, quantity: word(pdu, 3) } : undefined;
    case 5:
    case 6:
      return pdu.length === 5 ? { function: code, address, value: word(pdu, 3) } : undefined;
    case 16: {
      const count = word(pdu, 3);
      if (pdu.length !== 6 + 2 * count) return undefined;
      const values = Array.from({ length: count }, (_, i) => word(pdu, 6 + 2 * i));
      return { function: 16, address, values };
    }
    default:
      return undefined;
  }
}

export function exceptionPdu(pdu: Uint8Array, code: number): Uint8Array {
  return Uint8Array.of((pdu[0] ?? 0) | 0x80, code);
}

/** `pdu`: the request. */
export function replyPdu(pdu: Uint8Array, reply: ModbusReply): Uint8Array {
  const code = pdu[0] ?? 0;
  switch (reply.kind) {
    case 'bits': {
      const bytes = new Uint8Array(Math.ceil(reply.bits.length / 8));
      reply.bits.forEach((bit, i) => {
        if (bit) bytes[i >> 3] = (bytes[i >> 3] ?? 0) | (1 << (i & 7));
      });
      return Uint8Array.of(code, bytes.length, ...bytes);
    }
    case 'words':
      return Uint8Array.of(code, 2 * reply.words.length, ...reply.words.flatMap(wordBytes));
    // Of every write the answer begins as the request does.
    case 'written':
      return pdu.slice(0, 5);
  }
}
