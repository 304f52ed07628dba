/** Requests of the port as PDUs that an emulated module takes, and its answers back: the application protocol V1.1b3. */
import type { ModbusReply, ModbusRequest } from '../../driver-kit/contract.ts';

const word = (value: number) => [value >> 8, value & 0xff];

export function pduOf(request: ModbusRequest): Uint8Array {
  const head = [request.function, ...word(request.address)];
  switch (request.function) {
    case 5:
    case 6:
      return Uint8Array.of(...head, ...word(request.value));
    case 16: {
      const { values } = request;
      const data = values.flatMap(word);
      return Uint8Array.of(...head, ...word(values.length), data.length, ...data);
    }
    default:
      return Uint8Array.of(...head, ...word(request.quantity));
  }
}

/** The reply, or the code of an exception. */
export function replyOf(request: ModbusRequest, pdu: Uint8Array): ModbusReply | number {
  if (((pdu[0] ?? 0) & 0x80) !== 0) return pdu[1] ?? 0;
  const data = pdu.subarray(2);
  switch (request.function) {
    case 1:
    case 2: {
      const bits = Array.from(
        { length: request.quantity },
        (_, index) => (((data[index >> 3] ?? 0) >> (index & 7)) & 1) === 1,
      );
      return { kind: 'bits', bits };
    }
    case 3:
    case 4: {
      const words = Array.from(
        { length: request.quantity },
        (_, index) => (data[index * 2] ?? 0) * 256 + (data[index * 2 + 1] ?? 0),
      );
      return { kind: 'words', words };
    }
    default:
      return { kind: 'written' };
  }
}
