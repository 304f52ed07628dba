/** Pure making of what an order becomes on the wire, by the module's map and a wiring. */
import type {
  DeviceOrder,
  ModbusProfile,
  ModbusWrite,
  OrderPlan,
  OrderStep,
  WiredOutput,
  Wiring,
} from 'kakou/driver-kit';
import { noPlan } from 'kakou/driver-kit';

type Relay = ModbusProfile['outputs'][number];
type Write = NonNullable<NonNullable<ModbusProfile['watchdog']>['clear']>[number];
export type BarrierOutput = 'barrierOpen' | 'barrierClose';

const on = 0xff00;
const off = 0;

export function relayOf(
  block: ModbusProfile,
  wiring: Wiring,
  output: WiredOutput,
): Relay | undefined {
  const wire = wiring.outputs[output];
  return wire && block.outputs.find((each) => each.channel === wire.channel);
}

/** A contact that stays made unless someone ends it. */
export function couldStay(relay: Relay | undefined): boolean {
  return relay?.pulse?.kind === 'hostTimed' || relay?.pulse?.kind === 'latched';
}

/** `ends`: it only takes away, so it is written however late it is. */
function write(request: ModbusWrite, ends: boolean): OrderStep {
  return { kind: 'write', request, ...(ends && { always: true }) };
}

const coil = (address: number, value: number): ModbusWrite => ({ function: 5, address, value });

/** The proof's id says which relay must stand how: `5 on`. */
function readBack({ channel, level }: Relay, state: 'on' | 'off'): readonly OrderStep[] {
  if (!level?.readBack) return [];
  const { function: code, address } = level.readBack;
  const request = { function: code, address, quantity: 1 } as const;
  return [{ kind: 'prove', id: `${channel} ${state}`, request, everyMs: 0, forMs: 0 }];
}

export function provedRelay(
  block: ModbusProfile,
  id: string,
): { readonly relay: Relay; readonly wanted: boolean; readonly bit: number } | undefined {
  const [channel, state] = id.split(' ');
  const relay = block.outputs.find((each) => each.channel === Number(channel));
  return relay && { relay, wanted: state === 'on', bit: relay.level?.readBack?.bit ?? 0 };
}

/** Ends the contact of a relay, as far as it can be ended. */
function ending(relay: Relay | undefined): readonly OrderStep[] {
  const pulse = relay?.pulse;
  if (!relay || !pulse) return [];
  switch (pulse.kind) {
    case 'timeInValue':
    case 'widthOnModule':
      return pulse.off
        ? [write({ function: 5, address: pulse.off.address, value: pulse.off.value }, true)]
        : [];
    case 'hostTimed':
    case 'latched':
      return relay.level
        ? [write(coil(relay.level.address, off), true), ...readBack(relay, 'off')]
        : [];
  }
}

function contact(relay: Relay, pulseMs: number | undefined): OrderPlan {
  const { pulse, level } = relay;
  switch (pulse?.kind) {
    case 'widthOnModule':
      return { steps: [write(coil(pulse.address, pulse.value), false)], release: [] };
    case 'timeInValue': {
      if (pulseMs === undefined) return noPlan;
      // Rounded up, and never 0: a count of 0 is no pulse at all.
      const value = Math.min(pulse.valueMax, Math.max(1, Math.ceil(pulseMs / pulse.unitMs)));
      return { steps: [write(coil(pulse.address, value), false)], release: [] };
    }
    case 'hostTimed': {
      if (pulseMs === undefined || !level) return noPlan;
      const made = [write(coil(level.address, on), false), ...readBack(relay, 'on')];
      return { steps: [...made, { kind: 'wait', ms: pulseMs }], release: ending(relay) };
    }
    case 'latched': {
      if (!level) return noPlan;
      return {
        steps: [write(coil(level.address, on), false), ...readBack(relay, 'on')],
        release: [],
      };
    }
    default:
      return noPlan;
  }
}

export function otherOf(output: BarrierOutput): BarrierOutput {
  return output === 'barrierOpen' ? 'barrierClose' : 'barrierOpen';
}

interface BarrierOrder {
  readonly output: BarrierOutput;
  /** The module may still be timing a contact of the other direction: it is ended first. */
  readonly otherMayBeMade: boolean;
}

/** Making the contact of a direction, after that of the other one is ended. */
export function barrierPlan(
  block: ModbusProfile,
  wiring: Wiring,
  { output, otherMayBeMade }: BarrierOrder,
): OrderPlan {
  const relay = relayOf(block, wiring, output);
  if (!relay) return noPlan;
  // Taking the latched contact off is how such a barrier is closed.
  if (output === 'barrierClose' && relay.pulse?.kind === 'latched' && relay.level) {
    const release = [write(coil(relay.level.address, off), false), ...readBack(relay, 'off')];
    return { steps: release, release: [] };
  }
  const plan = contact(relay, wiring.outputs[output]?.pulseMs);
  const other = relayOf(block, wiring, otherOf(output));
  // A contact that the daemon times is ended by whoever carries the newer order out.
  if (plan.steps.length === 0 || !otherMayBeMade || couldStay(other)) return plan;
  return { ...plan, steps: [...ending(other), ...plan.steps] };
}

/** A width that is set on the module is not known here; barriers take 300 to 1000 ms. */
const widthOnModuleMs = 1_000;

/** How long a contact that ends by itself is made at most, in milliseconds; 0 for one that does not. */
export function contactMs(block: ModbusProfile, wiring: Wiring, output: BarrierOutput): number {
  const kind = relayOf(block, wiring, output)?.pulse?.kind;
  if (kind === 'widthOnModule') return widthOnModuleMs;
  return kind === 'timeInValue' || kind === 'hostTimed'
    ? (wiring.outputs[output]?.pulseMs ?? 0)
    : 0;
}

export function lightPlan(
  block: ModbusProfile,
  wiring: Wiring,
  { colour }: Extract<DeviceOrder, { kind: 'light' }>,
): OrderPlan {
  const [wanted, other] =
    colour === 'red'
      ? (['lightRed', 'lightGreen'] as const)
      : (['lightGreen', 'lightRed'] as const);
  // The other lamp goes out first: a write that fails in between leaves the driver no light, not two.
  const steps = [
    ...lamp(relayOf(block, wiring, other), false),
    ...lamp(relayOf(block, wiring, wanted), true),
  ];
  return { steps, release: [] };
}

function lamp(relay: Relay | undefined, lit: boolean): readonly OrderStep[] {
  if (!relay?.level) return [];
  const request = coil(relay.level.address, lit ? on : off);
  return [write(request, false), ...readBack(relay, lit ? 'on' : 'off')];
}

/**
 * Every barrier contact is brought to rest, whatever made it: a coil that a dead daemon, another master or an
 * interrupted pulse left on. A latched contact holds the arm up over whatever stands there and is left alone.
 */
function barrierAtRest(block: ModbusProfile, wiring: Wiring): readonly OrderStep[] {
  return (['barrierOpen', 'barrierClose'] as const)
    .map((output) => relayOf(block, wiring, output))
    .filter((relay) => relay?.pulse?.kind !== 'latched')
    .flatMap(ending);
}

/** What is written first on each connection. */
export function restPlan(block: ModbusProfile, wiring: Wiring): readonly OrderStep[] {
  const setUp = (block.watchdog?.setUp ?? []).map(plainWrite);
  return [
    ...barrierAtRest(block, wiring),
    ...setUp.map((step): OrderStep => ({ ...step, mayBeRefused: true })),
  ];
}

function plainWrite({ function: code, address, value }: Write) {
  return { kind: 'write', request: { function: code, address, value } } as const;
}

/** The contacts are taken off before the outputs are given back, and again after: none may fire by it. */
export function clearPlan(block: ModbusProfile, wiring: Wiring): OrderPlan {
  const { clear = [] } = block.watchdog ?? {};
  if (clear.length === 0) return noPlan;
  const before = barrierAtRest(block, wiring)
    .filter((step) => step.kind === 'write')
    .map((step): OrderStep => ({ ...step, mayBeRefused: true }));
  const steps = [...before, ...clear.map(plainWrite), ...restPlan(block, wiring)];
  return { steps, release: [] };
}
