/** Pure reading of a poll's reply and pure making of requests, both by the module's map and a wiring. */
import type {
  BarrierPosition,
  DeviceOrder,
  InputChange,
  ModbusProfile,
  ModbusReply,
  ModbusRequest,
  WiredInput,
  WiredOutput,
  Wiring,
} from 'kakou/driver-kit';

type Relay = ModbusProfile['outputs'][number];
export type BarrierState = BarrierPosition['position'];
export type InputState = InputChange['state'];

/** Level of each bit of a reply, or the reason why the reply is none to this poll. */
export function bitsOf(
  poll: ModbusProfile['polls'][number],
  reply: ModbusReply,
): readonly boolean[] | string {
  const asksWords = poll.function >= 3;
  if (reply.kind === 'written' || (reply.kind === 'words') !== asksWords) {
    return `poll ${poll.id} was answered with ${reply.kind}`;
  }
  // Clients hand out whole bytes, so there may be more bits than asked for; never fewer.
  const items = reply.kind === 'bits' ? reply.bits : reply.words;
  if (items.length < poll.quantity) {
    return `poll ${poll.id} was answered with ${items.length} of ${poll.quantity} ${reply.kind}`;
  }
  if (reply.kind === 'bits') {
    return reply.bits;
  }
  return reply.words.flatMap((word) =>
    Array.from({ length: 16 }, (_, bit) => ((word >> bit) & 1) === 1),
  );
}

/** Whether a wired point is active, from the bits of one reply; undefined if it stands in another poll. */
export function activeIn(
  block: ModbusProfile,
  wire: NonNullable<Wiring['inputs'][WiredInput]>,
  pollId: string,
  bits: readonly boolean[],
): boolean | undefined {
  const terminal = block.inputs.find((each) => each.channel === wire.channel);
  const level = terminal?.poll === pollId ? bits[terminal.bit] : undefined;
  return level === undefined ? undefined : level === (wire.active === 'high');
}

/** The arm by its two limit switches. */
export function barrierOf(closedLimit: boolean, openLimit: boolean): BarrierState {
  if (closedLimit) {
    return openLimit ? 'contradictory' : 'closed';
  }
  return openLimit ? 'open' : 'between';
}

function relayOf(block: ModbusProfile, channel: number | undefined): Relay | undefined {
  return block.outputs.find((each) => each.channel === channel);
}

/** A contact the module times itself. Never a held coil: it would stay on if the daemon died. */
function pulse(
  block: ModbusProfile,
  wiring: Wiring,
  output: 'barrierOpen' | 'barrierClose',
): readonly ModbusRequest[] {
  const wire = wiring.outputs[output];
  const how = relayOf(block, wire?.channel)?.pulse;
  if (!how) {
    return [];
  }
  if (how.kind === 'widthOnModule') {
    return [{ function: 5, address: how.address, value: how.value }];
  }
  if (wire?.pulseMs === undefined) {
    return [];
  }
  // Rounded up, and never 0: a count of 0 is no pulse at all.
  const value = Math.min(how.valueMax, Math.max(1, Math.ceil(wire.pulseMs / how.unitMs)));
  return [{ function: 5, address: how.address, value }];
}

function held(
  block: ModbusProfile,
  wiring: Wiring,
  output: Extract<WiredOutput, 'lightRed' | 'lightGreen'>,
  on: boolean,
): readonly ModbusRequest[] {
  const level = relayOf(block, wiring.outputs[output]?.channel)?.level;
  return level ? [{ function: 5, address: level.address, value: on ? 0xff00 : 0 }] : [];
}

export function requestsFor(
  block: ModbusProfile,
  wiring: Wiring,
  order: DeviceOrder,
): readonly ModbusRequest[] {
  switch (order.kind) {
    case 'barrierOpen':
    case 'barrierClose':
      return pulse(block, wiring, order.kind);
    case 'light': {
      const [on, off] =
        order.colour === 'red'
          ? (['lightRed', 'lightGreen'] as const)
          : (['lightGreen', 'lightRed'] as const);
      // The other lamp goes out first: a write that fails in between leaves the driver no light, not two.
      return [...held(block, wiring, off, false), ...held(block, wiring, on, true)];
    }
  }
}
