/** The Modbus server of an emulated PLC: holding registers by functions 3 and 16, some of them writable. */
const illegal = { function: 1, address: 2, value: 3 } as const;

/** Ranges that a client may write: first register and how many. */
export type Writable = readonly (readonly [first: number, count: number])[];

/** The reply PDU. Total: never throws. */
export function answerRegisters(
  registers: Uint16Array,
  request: Uint8Array,
  writable: Writable,
): Uint8Array {
  const answer = perform(registers, request, writable);
  return typeof answer === 'number' ? Uint8Array.of((request[0] ?? 0) | 0x80, answer) : answer;
}

function perform(
  registers: Uint16Array,
  request: Uint8Array,
  writable: Writable,
): Uint8Array | number {
  const [code = 0, a = 0, b = 0, c = 0, d = 0, bytes = 0] = request;
  const address = a * 256 + b;
  const quantity = c * 256 + d;
  if (code === 3) {
    if (request.length !== 5 || quantity < 1 || quantity > 125) return illegal.value;
    if (address + quantity > registers.length) return illegal.address;
    const data = [...registers.subarray(address, address + quantity)].flatMap((word) => [
      word >> 8,
      word & 0xff,
    ]);
    return Uint8Array.of(3, data.length, ...data);
  }
  if (code !== 16) return illegal.function;
  if (request.length !== 6 + bytes || bytes !== quantity * 2 || quantity < 1) return illegal.value;
  const fits = ([first, count]: Writable[number]) =>
    address >= first && address + quantity <= first + count;
  if (!writable.some(fits)) return illegal.address;
  for (let index = 0; index < quantity; index += 1) {
    const at = 6 + index * 2;
    registers[address + index] = (request[at] ?? 0) * 256 + (request[at + 1] ?? 0);
  }
  return request.slice(0, 5);
}
