/**
 * The sender's side of delivery, pure: a window over the journal that slides as the broker answers, and a
 * cursor that moves only when the centre says it has committed. Whatever happens to the link, sending starts
 * again behind the cursor: a repeat is harmless, a hole is not.
 *
 * ```mermaid
 * stateDiagram-v2
 *   [*] --> disconnected
 *   disconnected --> sending
 *   sending --> disconnected
 * ```
 */
export type DeliveryKind = 'disconnected' | 'sending';

export const transitions: readonly { from: DeliveryKind; to: DeliveryKind; on: string }[] = [
  { from: 'disconnected', to: 'sending', on: 'connected' },
  { from: 'sending', to: 'disconnected', on: 'closed' },
];

export interface DeliveryState {
  readonly kind: DeliveryKind;
  readonly epoch: string;
  /** Acknowledged by the centre, durable here. */
  readonly acknowledged: number;
  /** Newest entry of the journal. */
  readonly head: number;
  /** Handed to the broker in this connection, up to and including. */
  readonly sent: number;
  /** Sent and not yet answered by the broker. */
  readonly inFlight: readonly number[];
  readonly windowSize: number;
  /** When the broker or the centre last brought the delivery forward, monotonic ms. */
  readonly progressAtMs: number;
}

/** Largest window, whatever the broker would take. */
const windowMax = 64;

export interface DeliveryTiming {
  /** Without any progress for this long the connection is thrown away and sending begins anew, ms. */
  readonly stallMs: number;
}

export type DeliveryInput =
  | { readonly kind: 'connected'; readonly receiveMaximum: number; readonly nowMs: number }
  | { readonly kind: 'closed' }
  | { readonly kind: 'appended'; readonly head: number; readonly nowMs: number }
  | { readonly kind: 'brokerTook'; readonly sequence: number; readonly nowMs: number }
  | { readonly kind: 'brokerRefused'; readonly sequence: number; readonly reason: string }
  | {
      readonly kind: 'centreCommitted';
      readonly epoch: string;
      readonly through: number;
      readonly nowMs: number;
    }
  | {
      readonly kind: 'centreAsks';
      readonly epoch: string;
      readonly from: number;
      readonly nowMs: number;
    }
  | { readonly kind: 'tick'; readonly nowMs: number };

export type DeliveryEffect =
  /** Publish these entries, in order. */
  | { readonly kind: 'send'; readonly from: number; readonly through: number }
  | { readonly kind: 'moveCursor'; readonly through: number }
  | { readonly kind: 'discardConnection'; readonly reason: string }
  /** The centre claims something the journal contradicts. */
  | { readonly kind: 'suspect'; readonly reason: string };

export interface DeliveryStep {
  readonly state: DeliveryState;
  readonly effects: readonly DeliveryEffect[];
}

export function deliveryAtStart(epoch: string, acknowledged: number, head: number): DeliveryState {
  return {
    kind: 'disconnected',
    epoch,
    acknowledged,
    head,
    sent: acknowledged,
    inFlight: [],
    windowSize: 1,
    progressAtMs: 0,
  };
}

export function stepDelivery(
  state: DeliveryState,
  input: DeliveryInput,
  timing: DeliveryTiming,
): DeliveryStep {
  switch (input.kind) {
    case 'connected':
      return fill({
        ...state,
        kind: 'sending',
        sent: state.acknowledged,
        inFlight: [],
        windowSize: Math.max(1, Math.min(windowMax, input.receiveMaximum)),
        progressAtMs: input.nowMs,
      });
    case 'closed':
      return {
        state: { ...state, kind: 'disconnected', sent: state.acknowledged, inFlight: [] },
        effects: [],
      };
    case 'appended': {
      const idle = state.acknowledged === state.head;
      const head = Math.max(state.head, input.head);
      return fill({ ...state, head, ...(idle && { progressAtMs: input.nowMs }) });
    }
    case 'brokerTook': {
      const inFlight = state.inFlight.filter((sequence) => sequence !== input.sequence);
      if (inFlight.length === state.inFlight.length) return { state, effects: [] };
      return fill({ ...state, inFlight, progressAtMs: input.nowMs });
    }
    case 'brokerRefused':
      return discard(state, `the broker refused entry ${input.sequence}: ${input.reason}`);
    case 'centreCommitted':
      return committed(state, input);
    case 'centreAsks':
      return resend(state, input);
    case 'tick':
      return tick(state, input.nowMs, timing);
  }
}

/** Sends as much as the window allows, strictly in order. */
function fill(state: DeliveryState): DeliveryStep {
  const room = state.windowSize - state.inFlight.length;
  const through = Math.min(state.head, state.sent + room);
  if (state.kind !== 'sending' || through <= state.sent) return { state, effects: [] };
  const from = state.sent + 1;
  const added = Array.from({ length: through - state.sent }, (_, i) => from + i);
  return {
    state: { ...state, sent: through, inFlight: [...state.inFlight, ...added] },
    effects: [{ kind: 'send', from, through }],
  };
}

function committed(
  state: DeliveryState,
  input: Extract<DeliveryInput, { kind: 'centreCommitted' }>,
): DeliveryStep {
  if (input.epoch !== state.epoch) return { state, effects: [] };
  if (input.through > state.head) {
    const reason = `the centre claims entry ${input.through}, the journal ends at ${state.head}`;
    return { state, effects: [{ kind: 'suspect', reason }] };
  }
  if (input.through <= state.acknowledged) return { state, effects: [] };
  const step = fill({
    ...state,
    acknowledged: input.through,
    sent: Math.max(state.sent, input.through),
    inFlight: state.inFlight.filter((sequence) => sequence > input.through),
    progressAtMs: input.nowMs,
  });
  return {
    state: step.state,
    effects: [{ kind: 'moveCursor', through: input.through }, ...step.effects],
  };
}

/** The centre misses something: everything from there is sent again. It cannot ask behind its own word. */
function resend(
  state: DeliveryState,
  input: Extract<DeliveryInput, { kind: 'centreAsks' }>,
): DeliveryStep {
  if (
    state.kind !== 'sending' ||
    input.epoch !== state.epoch ||
    input.from > state.sent ||
    input.from < 1
  ) {
    return { state, effects: [] };
  }
  const inFlight = state.inFlight.filter((sequence) => sequence < input.from);
  return fill({ ...state, sent: input.from - 1, inFlight, progressAtMs: input.nowMs });
}

/** A PUBACK or an acknowledgement that never comes must not stall the stream for ever. */
function tick(state: DeliveryState, nowMs: number, { stallMs }: DeliveryTiming): DeliveryStep {
  const waits = state.kind === 'sending' && state.acknowledged < state.head;
  if (!waits || nowMs - state.progressAtMs < stallMs) return { state, effects: [] };
  return discard(state, `nothing was acknowledged for ${stallMs} ms`);
}

function discard(state: DeliveryState, reason: string): DeliveryStep {
  return {
    state: { ...state, kind: 'disconnected', sent: state.acknowledged, inFlight: [] },
    effects: [{ kind: 'discardConnection', reason }],
  };
}
