/**
 * The way of one connection to an LLRP reader, from the open TCP stream to running inventory. Each request waits
 * for its own answer; what is refused, late or lost ends in `givenUp`, and a new connection begins from nothing.
 *
 * ```mermaid
 * stateDiagram-v2
 *   [*] --> connecting
 *   connecting --> ungreeted
 *   ungreeted --> exploring
 *   ungreeted --> configuring
 *   ungreeted --> givenUp
 *   exploring --> configuring
 *   exploring --> givenUp
 *   configuring --> clearing
 *   configuring --> givenUp
 *   clearing --> adding
 *   clearing --> givenUp
 *   adding --> enabling
 *   adding --> givenUp
 *   enabling --> reporting
 *   enabling --> givenUp
 *   reporting --> givenUp
 * ```
 */
import type { FrameFaultCode } from 'kakou/driver-kit';
import type { Status } from './codec.ts';
import type { RequestName } from './messages.ts';

export type ConnectionKind =
  | 'connecting'
  /** TCP stands; the reader has not said yet whether it takes us. */
  | 'ungreeted'
  /** Asked for capabilities. */
  | 'exploring'
  /** Asked for keepalives and events. */
  | 'configuring'
  /** Asked to forget the inventories of whoever was here before. */
  | 'clearing'
  | 'adding'
  | 'enabling'
  | 'reporting'
  | 'givenUp';

export const transitions: readonly { from: ConnectionKind; to: ConnectionKind; on: string }[] = [
  { from: 'connecting', to: 'ungreeted', on: 'opened' },
  { from: 'ungreeted', to: 'exploring', on: 'greeted, capabilities wanted' },
  { from: 'ungreeted', to: 'configuring', on: 'greeted' },
  { from: 'ungreeted', to: 'givenUp', on: 'occupied, refused, late or lost' },
  { from: 'exploring', to: 'configuring', on: 'answered, or not supported' },
  { from: 'exploring', to: 'givenUp', on: 'late or lost' },
  { from: 'configuring', to: 'clearing', on: 'answered' },
  { from: 'configuring', to: 'givenUp', on: 'refused, late or lost' },
  { from: 'clearing', to: 'adding', on: 'answered, or refused' },
  { from: 'clearing', to: 'givenUp', on: 'late or lost' },
  { from: 'adding', to: 'enabling', on: 'answered' },
  { from: 'adding', to: 'givenUp', on: 'refused, late or lost' },
  { from: 'enabling', to: 'reporting', on: 'answered' },
  { from: 'enabling', to: 'givenUp', on: 'refused, late or lost' },
  { from: 'reporting', to: 'givenUp', on: 'silent, ended, closing or lost' },
];

export interface ConnectionState {
  readonly kind: ConnectionKind;
  /** Id of the newest request; ids rise by one from 1. */
  readonly requestId: number;
  /** When this state began, monotonic ms. */
  readonly sinceMs: number;
  /** When the reader last sent a whole message, monotonic ms. */
  readonly heardMs: number;
}

export interface ConnectionTiming {
  readonly wantsCapabilities: boolean;
  readonly replyMs: number;
  readonly keepaliveMs: number;
}

export type ConnectionInput =
  | { readonly kind: 'opened'; readonly nowMs: number }
  /** A whole message came, whatever it says; told before what it says. */
  | { readonly kind: 'heard'; readonly nowMs: number }
  /** ConnectionAttemptEvent with its status. */
  | { readonly kind: 'greeted'; readonly status: number; readonly nowMs: number }
  | {
      readonly kind: 'answered';
      readonly to: RequestName;
      readonly id: number;
      readonly status: Status;
      readonly nowMs: number;
    }
  /** ERROR_MESSAGE. */
  | {
      readonly kind: 'erred';
      readonly id: number;
      readonly status: Status;
      readonly nowMs: number;
    }
  /** The reader ends the connection, or inventory; or the stream is out of step. */
  | { readonly kind: 'lost'; readonly code: FrameFaultCode; readonly detail: string }
  | { readonly kind: 'tick'; readonly nowMs: number };

export type ConnectionEffect =
  | { readonly kind: 'ask'; readonly request: RequestName; readonly id: number }
  | { readonly kind: 'fault'; readonly code: FrameFaultCode; readonly detail: string }
  | { readonly kind: 'hangUp'; readonly code: FrameFaultCode; readonly detail: string };

export interface ConnectionStep {
  readonly state: ConnectionState;
  readonly effects: readonly ConnectionEffect[];
}

export const newConnection: ConnectionState = {
  kind: 'connecting',
  requestId: 0,
  sinceMs: 0,
  heardMs: 0,
};

/** LLRP lets a client wait this long for the first message of a reader. */
const greetingMs = 10_000;
/** Keepalives that may be missing. Reports that a network held back are at most as late as this allows. */
const keepalivesMissed = 3;

type Asking = 'exploring' | 'configuring' | 'clearing' | 'adding' | 'enabling';

const requests: Readonly<Record<Asking, RequestName>> = {
  exploring: 'GET_READER_CAPABILITIES',
  configuring: 'SET_READER_CONFIG',
  clearing: 'DELETE_ROSPEC',
  adding: 'ADD_ROSPEC',
  enabling: 'ENABLE_ROSPEC',
};

const isAsking = (kind: ConnectionKind): kind is Asking => Object.hasOwn(requests, kind);

export function stepConnection(
  state: ConnectionState,
  input: ConnectionInput,
  timing: ConnectionTiming,
): ConnectionStep {
  // What belongs to no connection, or to one that was given up, changes nothing.
  if (state.kind === 'givenUp' || (state.kind === 'connecting') !== (input.kind === 'opened'))
    return { state, effects: [] };
  switch (input.kind) {
    case 'opened':
      return {
        state: { ...state, kind: 'ungreeted', sinceMs: input.nowMs, heardMs: input.nowMs },
        effects: [],
      };
    case 'heard':
      return { state: { ...state, heardMs: input.nowMs }, effects: [] };
    case 'greeted':
      return greeted(state, input, timing);
    case 'answered':
      return answered(state, input);
    case 'erred':
      return erred(state, input);
    case 'lost':
      return giveUp(state, input.code, input.detail);
    case 'tick':
      return tick(state, input.nowMs, timing);
  }
}

/** Statuses of ConnectionAttemptEvent. */
const attempt = { success: 0, readerInitiatedExists: 1, clientInitiatedExists: 2, another: 4 };

function greeted(
  state: ConnectionState,
  { status, nowMs }: Extract<ConnectionInput, { kind: 'greeted' }>,
  { wantsCapabilities }: ConnectionTiming,
): ConnectionStep {
  switch (status) {
    case attempt.success:
      if (state.kind === 'ungreeted')
        return ask(state, wantsCapabilities ? 'exploring' : 'configuring', nowMs);
      // A reader greets once a connection: what it greets again, behind a gateway say, it has forgotten.
      return state.kind === 'reporting'
        ? giveUp(state, 'reader-closing', 'the reader greeted again: it has started anew')
        : { state, effects: [] };
    case attempt.another:
      return fault(state, 'reader-contended', 'another connection was attempted');
    case attempt.readerInitiatedExists:
      return giveUp(state, 'reader-occupied', 'a reader-initiated connection exists');
    case attempt.clientInitiatedExists:
      return giveUp(state, 'reader-occupied', 'a client-initiated connection exists');
    default:
      return giveUp(state, 'reader-refused', `connection attempt failed with status ${status}`);
  }
}

function answered(
  state: ConnectionState,
  { to, id, status, nowMs }: Extract<ConnectionInput, { kind: 'answered' }>,
): ConnectionStep {
  const { kind } = state;
  if (!isAsking(kind) || requests[kind] !== to || id !== state.requestId) {
    const detail = `an answer to ${to} with id ${id} that nobody waits for`;
    return fault(state, 'reply-unexpected', detail);
  }
  return status.isSuccess ? proceed(state, kind, nowMs) : refused(state, kind, status, nowMs);
}

function erred(
  state: ConnectionState,
  { id, status, nowMs }: Extract<ConnectionInput, { kind: 'erred' }>,
): ConnectionStep {
  const { kind } = state;
  if (!isAsking(kind) || id !== state.requestId) return fault(state, 'device-error', status.words);
  return refused(state, kind, status, nowMs);
}

function refused(
  state: ConnectionState,
  kind: Asking,
  { words }: Status,
  nowMs: number,
): ConnectionStep {
  const detail = `${requests[kind]}: ${words}`;
  // Capabilities are not vital. Some readers call it an error to delete where there is nothing to delete; if
  // something is left that is in the way, adding is refused next.
  if (kind === 'exploring' || kind === 'clearing') {
    const next = proceed(state, kind, nowMs);
    const told: ConnectionEffect = { kind: 'fault', code: 'reader-refused', detail };
    return { ...next, effects: [told, ...next.effects] };
  }
  return giveUp(state, 'reader-refused', detail);
}

const following: Readonly<Record<Asking, Asking | 'reporting'>> = {
  exploring: 'configuring',
  configuring: 'clearing',
  clearing: 'adding',
  adding: 'enabling',
  enabling: 'reporting',
};

/** The awaited answer has come: on to the next request. */
function proceed(state: ConnectionState, kind: Asking, nowMs: number): ConnectionStep {
  const next = following[kind];
  if (next !== 'reporting') return ask(state, next, nowMs);
  return { state: { ...state, kind: next, sinceMs: nowMs }, effects: [] };
}

function tick(
  state: ConnectionState,
  nowMs: number,
  { replyMs, keepaliveMs }: ConnectionTiming,
): ConnectionStep {
  const inStateMs = nowMs - state.sinceMs;
  if (state.kind === 'ungreeted' && inStateMs >= greetingMs)
    return giveUp(state, 'reader-unanswering', `no greeting in ${greetingMs} ms`);
  if (isAsking(state.kind) && inStateMs >= replyMs) {
    const detail = `${requests[state.kind]} was not answered in ${replyMs} ms`;
    return giveUp(state, 'reader-unanswering', detail);
  }
  const silentMs = nowMs - state.heardMs;
  if (state.kind === 'reporting' && silentMs >= keepalivesMissed * keepaliveMs)
    return giveUp(state, 'reader-unanswering', `not a word in ${Math.round(silentMs)} ms`);
  return { state, effects: [] };
}

function ask(state: ConnectionState, kind: Asking, nowMs: number): ConnectionStep {
  const id = state.requestId + 1;
  return {
    state: { ...state, kind, requestId: id, sinceMs: nowMs },
    effects: [{ kind: 'ask', request: requests[kind], id }],
  };
}

const fault = (state: ConnectionState, code: FrameFaultCode, detail: string): ConnectionStep => ({
  state,
  effects: [{ kind: 'fault', code, detail }],
});

const giveUp = (state: ConnectionState, code: FrameFaultCode, detail: string): ConnectionStep => ({
  state: { ...state, kind: 'givenUp' },
  effects: [{ kind: 'hangUp', code, detail }],
});
