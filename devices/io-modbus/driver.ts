import type {
  BarrierPosition,
  DeviceOrder,
  ExchangeSession,
  InputChange,
  InputPoint,
  ModbusProfile,
  ModbusReply,
  ModbusRequest,
  Observation,
  PollRequest,
  SessionOutput,
} from 'kakou/driver-kit';
import type { Wiring } from './wiring.ts';

const points: readonly InputPoint[] = [
  'approach',
  'presence',
  'exit',
  'curtain',
  'localControl',
  'barrierFault',
];
const on = 0xff00;

/** Reads all inputs at once and tells only what has changed; a silent module makes everything unknown. */
export class IoModuleSession implements ExchangeSession {
  readonly unit: number;
  readonly polls: readonly PollRequest[];
  readonly #profile: ModbusProfile;
  readonly #wiring: Wiring;
  readonly #known = new Map<string, string>();

  constructor(profile: ModbusProfile, wiring: Wiring) {
    const { function: code, address, count, everyMs } = profile.inputs;
    this.unit = profile.unit;
    this.polls = [{ id: 'inputs', everyMs, request: { function: code, address, quantity: count } }];
    this.#profile = profile;
    this.#wiring = wiring;
  }

  opened(): SessionOutput {
    this.#known.clear();
    return { observations: [], faults: [], send: [] };
  }

  replied(_pollId: string, reply: ModbusReply): SessionOutput {
    if (reply.kind !== 'bits' || reply.bits.length < this.#profile.inputs.count) {
      return { ...this.#allUnknown(), faults: [{ code: 'reply-unexpected', droppedBytes: 0 }] };
    }
    const { bits } = reply;
    const made = (input: { channel: number; active: 'high' | 'low' }) =>
      bits[input.channel] === (input.active === 'high');
    const { inputs } = this.#wiring;
    const observations: Observation[] = [];
    for (const point of points) {
      const input = inputs[point as keyof typeof inputs];
      if (input) observations.push(...this.#changed(point, made(input) ? 'occupied' : 'clear'));
    }
    observations.push(...this.#moved(positionOf(made(inputs.limitClosed), made(inputs.limitOpen))));
    return { observations, faults: [], send: [], goodMessages: 1 };
  }

  failed(): SessionOutput {
    return this.#allUnknown();
  }

  order(order: DeviceOrder): readonly ModbusRequest[] {
    const { outputs } = this.#wiring;
    switch (order.kind) {
      case 'barrierOpen':
        return this.#pulse(outputs.barrierOpen);
      case 'barrierClose':
        return this.#pulse(outputs.barrierClose);
      case 'light':
        return [
          ...this.#level(outputs.lightRed, order.colour === 'red'),
          ...this.#level(outputs.lightGreen, order.colour === 'green'),
        ];
    }
  }

  #pulse(channel: number | undefined): readonly ModbusRequest[] {
    if (channel === undefined) return [];
    const { pulse } = this.#profile.outputs;
    const value =
      pulse.value.kind === 'on' ? on : Math.ceil(this.#wiring.pulseMs / pulse.value.unitMs);
    return [{ function: 5, address: pulse.address + channel, value }];
  }

  #level(channel: number | undefined, lit: boolean): readonly ModbusRequest[] {
    if (channel === undefined) return [];
    return [
      { function: 5, address: this.#profile.outputs.levelAddress + channel, value: lit ? on : 0 },
    ];
  }

  #allUnknown(): SessionOutput {
    const observations: Observation[] = [];
    for (const point of points) {
      if (this.#wiring.inputs[point as keyof Wiring['inputs']])
        observations.push(...this.#changed(point, 'unknown'));
    }
    observations.push(...this.#moved('unknown'));
    return { observations, faults: [], send: [] };
  }

  #changed(point: InputPoint, state: InputChange['state']): readonly InputChange[] {
    if (this.#known.get(point) === state) return [];
    this.#known.set(point, state);
    return [{ kind: 'inputChange', point, state }];
  }

  #moved(position: BarrierPosition['position']): readonly BarrierPosition[] {
    if (this.#known.get('arm') === position) return [];
    this.#known.set('arm', position);
    return [{ kind: 'barrierPosition', position }];
  }
}

function positionOf(closed: boolean, open: boolean): BarrierPosition['position'] {
  if (closed && open) return 'contradictory';
  if (closed) return 'closed';
  return open ? 'open' : 'between';
}
