/**
 * What a reader says, decoded from one whole LLRP message of version 1.0.1 or 1.1. Total: any bytes are either
 * a message or damaged, and a damaged message tells nothing at all. Types: LLRP 1.0.1 sections 16.1 and 16.2.
 */
import { answersTo, headBytes, messageTypes, type RequestName } from './messages.ts';
import {
  type Budget,
  Damage,
  fixed,
  type Parameter,
  parametersIn,
  parametersMax,
  parametersOfMessage,
  text,
  u8,
  u16,
  u32,
} from './parameters.ts';
import { statusName } from './status-names.ts';

/** LLRPStatus. `words` name the error, the reader's own text and the culprit. */
export interface Status {
  readonly isSuccess: boolean;
  readonly words: string;
}

/** One TagReportData. What the reader left out is absent: see `TagCarry`. */
export interface TagReport {
  /** EPC in whole bytes; bits behind its end are zero. */
  readonly epc: Uint8Array;
  readonly roSpecId?: number;
  readonly antenna?: number;
  /** Peak in dBm. */
  readonly rssiDbm?: number;
}

export type ReaderEvent =
  | { readonly kind: 'connectionAttempt'; readonly status: number }
  | { readonly kind: 'connectionClose' }
  | { readonly kind: 'antenna'; readonly antenna: number; readonly isConnected: boolean }
  | { readonly kind: 'exception'; readonly words: string }
  | { readonly kind: 'reportsLost' }
  | {
      readonly kind: 'roSpec';
      readonly roSpecId: number;
      readonly what: 'started' | 'ended' | 'preempted';
    };

export type ReaderMessage =
  | { readonly kind: 'events'; readonly id: number; readonly events: readonly ReaderEvent[] }
  | { readonly kind: 'report'; readonly id: number; readonly tags: readonly TagReport[] }
  | { readonly kind: 'keepalive'; readonly id: number }
  | {
      readonly kind: 'answer';
      readonly id: number;
      readonly to: RequestName;
      readonly status: Status;
      /** Antennas the reader has; in an answer to GET_READER_CAPABILITIES alone. */
      readonly antennas?: number;
    }
  | { readonly kind: 'error'; readonly id: number; readonly status: Status }
  /** A message that means nothing to a client that only takes inventory. */
  | { readonly kind: 'other'; readonly id: number; readonly type: number };

export type Decoded =
  | { readonly kind: 'message'; readonly message: ReaderMessage; readonly skipped: number }
  | { readonly kind: 'damaged'; readonly detail: string };

/** Parameter types by the names of the standard. */
const parameter = {
  generalDeviceCapabilities: 137,
  tagReportData: 240,
  epcData: 241,
  readerEventNotificationData: 246,
  roSpecEvent: 249,
  reportBufferOverflowError: 251,
  readerException: 252,
  antennaEvent: 255,
  connectionAttempt: 256,
  connectionClose: 257,
  llrpStatus: 287,
  fieldError: 288,
  parameterError: 289,
  utcTimestamp: 128,
  uptime: 129,
  antennaId: 1,
  peakRssi: 6,
  roSpecId: 9,
  epc96: 13,
} as const;

/** `bytes` is one message by its own length field, as `MessageStream` cuts it. */
export function decodeMessage(bytes: Uint8Array): Decoded {
  const budget: Budget = { left: parametersMax, skipped: 0 };
  try {
    const message = messageIn(bytes, budget);
    return { kind: 'message', message, skipped: budget.skipped };
  } catch (error) {
    if (error instanceof Damage) return { kind: 'damaged', detail: error.message };
    throw error;
  }
}

function messageIn(bytes: Uint8Array, budget: Budget): ReaderMessage {
  if (u32(bytes, 2) !== bytes.length) throw new Damage('the length is not that of the message');
  const type = u16(bytes, 0) % 0x400;
  const id = u32(bytes, 6);
  if (type === messageTypes.roAccessReport)
    return { kind: 'report', id, tags: tagsIn(bytes, budget) };
  if (type === messageTypes.readerEventNotification)
    return { kind: 'events', id, events: eventsIn(bytes, budget) };
  if (type === messageTypes.keepalive) {
    if (bytes.length !== headBytes) throw new Damage('a KEEPALIVE has nothing behind its head');
    return { kind: 'keepalive', id };
  }
  const to = answersTo(type);
  if (to === undefined && type !== messageTypes.errorMessage) return { kind: 'other', id, type };
  const parameters = parametersOfMessage(bytes, headBytes, budget);
  const status = statusOf(only(parameters, parameter.llrpStatus), budget);
  if (to === undefined) return { kind: 'error', id, status };
  return { kind: 'answer', id, to, status, ...antennasIn(parameters, budget) };
}

function tagsIn(bytes: Uint8Array, budget: Budget): TagReport[] {
  const tags: TagReport[] = [];
  for (const each of parametersOfMessage(bytes, headBytes, budget)) {
    if (each.type === parameter.tagReportData) tags.push(tagIn(each, budget));
    else budget.skipped += 1;
  }
  return tags;
}

function tagIn(report: Parameter, budget: Budget): TagReport {
  const found: { epc?: Uint8Array; roSpecId?: number; antenna?: number; rssiDbm?: number } = {};
  for (const each of parametersIn(report.body, 0, budget)) {
    switch (each.type) {
      case parameter.epc96:
      case parameter.epcData:
        if (found.epc) throw new Damage('a tag with two EPCs');
        found.epc = each.type === parameter.epc96 ? each.body : epcData(each);
        break;
      case parameter.roSpecId:
        found.roSpecId = u32(each.body, 0);
        break;
      case parameter.antennaId:
        found.antenna = u16(each.body, 0);
        break;
      case parameter.peakRssi:
        found.rssiDbm = (u8(each.body, 0) << 24) >> 24;
        break;
      default:
        budget.skipped += 1;
    }
  }
  const { epc } = found;
  if (!epc) throw new Damage('a tag without an EPC');
  return { ...found, epc };
}

/** The number of bits, then the bits from the highest down, the last byte filled up with zeros. */
function epcData({ body }: Parameter): Uint8Array {
  const bits = u16(body, 0);
  const size = Math.ceil(bits / 8);
  if (body.length !== 2 + size)
    throw new Damage(`an EPC of ${bits} bits in ${body.length - 2} bytes`);
  const epc = body.slice(2);
  const spare = size * 8 - bits;
  if (spare > 0) epc[size - 1] = (u8(epc, size - 1) >> spare) << spare;
  return epc;
}

function eventsIn(bytes: Uint8Array, budget: Budget): ReaderEvent[] {
  const data = only(
    parametersOfMessage(bytes, headBytes, budget),
    parameter.readerEventNotificationData,
  );
  const events: ReaderEvent[] = [];
  for (const each of parametersIn(data.body, 0, budget)) {
    const event = eventIn(each, budget);
    if (event) events.push(event);
  }
  return events;
}

function eventIn(each: Parameter, budget: Budget): ReaderEvent | undefined {
  switch (each.type) {
    // A reader without a clock sends its uptime. Neither is used: time is when the bytes arrived.
    case parameter.utcTimestamp:
    case parameter.uptime:
      fixed(each, 8);
      return undefined;
    case parameter.connectionAttempt:
      return { kind: 'connectionAttempt', status: u16(fixed(each, 2), 0) };
    case parameter.connectionClose:
      fixed(each, 0);
      return { kind: 'connectionClose' };
    case parameter.antennaEvent: {
      const body = fixed(each, 3);
      return { kind: 'antenna', isConnected: u8(body, 0) !== 0, antenna: u16(body, 1) };
    }
    case parameter.readerException: {
      const words = text(each.body, 0);
      parametersIn(each.body, words.end, budget);
      return { kind: 'exception', words: words.text };
    }
    case parameter.reportBufferOverflowError:
      fixed(each, 0);
      return { kind: 'reportsLost' };
    case parameter.roSpecEvent: {
      const body = fixed(each, 9);
      const what = (['started', 'ended', 'preempted'] as const)[u8(body, 0)];
      if (!what) throw new Damage('a ROSpec event of unknown type');
      return { kind: 'roSpec', roSpecId: u32(body, 1), what };
    }
    default:
      budget.skipped += 1;
      return undefined;
  }
}

function statusOf(status: Parameter, budget: Budget): Status {
  const code = u16(status.body, 0);
  const description = text(status.body, 2);
  const places = placesOf(parametersIn(status.body, description.end, budget), budget);
  const said = description.text === '' ? '' : `: ${description.text}`;
  const where = places.length === 0 ? '' : ` (${places.join(', ')})`;
  return { isSuccess: code === 0, words: `${statusName(code)}${said}${where}` };
}

/** Errors point at the culprit by parameter in parameter in field. */
const culpritDepthMax = 8;

function placesOf(errors: readonly Parameter[], budget: Budget): string[] {
  const places: string[] = [];
  let level = errors;
  for (let depth = 0; depth < culpritDepthMax; depth++) {
    const field = level.find(({ type }) => type === parameter.fieldError);
    if (field) places.push(`field ${u16(fixed(field, 4), 0)}`);
    const inner = level.find(({ type }) => type === parameter.parameterError);
    if (!inner) return places;
    places.push(`parameter ${u16(inner.body, 0)}`);
    level = parametersIn(inner.body, 4, budget);
  }
  throw new Damage('errors are nested too deep');
}

function antennasIn(
  parameters: readonly Parameter[],
  budget: Budget,
): { readonly antennas?: number } {
  const general = parameters.find(({ type }) => type === parameter.generalDeviceCapabilities);
  if (!general) return {};
  // Behind the number: flags, maker, model; then the firmware's name and lists that nothing here needs.
  const { end } = text(general.body, 12);
  budget.skipped += parametersIn(general.body, end, budget).length;
  return { antennas: u16(general.body, 0) };
}

function only(parameters: readonly Parameter[], type: number): Parameter {
  const [found, second] = parameters.filter((each) => each.type === type);
  if (!found || second) throw new Damage(`parameter ${type} must be there once`);
  return found;
}
