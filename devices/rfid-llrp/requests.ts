/** What we send, encoded as LLRP 1.0.1, which readers of 1.1 speak too until they are asked for more. */
import type { LlrpProfile } from 'kakou/driver-kit';
import { headBytes, messageTypes, type RequestName, requestType } from './messages.ts';

/** What the reader is asked to do, from the profile and the settings of the site. */
export interface InventoryPlan
  extends Pick<LlrpProfile, 'antennas' | 'keepaliveMs' | 'events' | 'reportTrigger'> {
  readonly transmit?: LlrpProfile['transmit'] | undefined;
}

type Bytes = readonly number[];

const u16 = (value: number): Bytes => [value >>> 8, value & 0xff];
const u32 = (value: number): Bytes => [...u16(value >>> 16), ...u16(value & 0xffff)];

function tlv(type: number, ...parts: readonly Bytes[]): Bytes {
  const body = parts.flat();
  return [...u16(type), ...u16(body.length + 4), ...body];
}

function message(type: number, id: number, body: Bytes = []): Uint8Array {
  const version = 1;
  return Uint8Array.of(
    ...u16(version * 0x400 + type),
    ...u32(body.length + headBytes),
    ...u32(id),
    ...body,
  );
}

/** The reader's id comes back: a reader may count the acknowledgements it misses. */
export const keepaliveAck = (id: number): Uint8Array => message(messageTypes.keepaliveAck, id);

export function requestBytes(
  name: RequestName,
  ids: { readonly messageId: number; readonly roSpecId: number },
  plan: InventoryPlan,
): Uint8Array {
  const { messageId, roSpecId } = ids;
  return message(requestType(name), messageId, bodyOf(name, roSpecId, plan));
}

/** Only what concerns antennas is of use: the regulatory tables alone can be larger than all else together. */
const generalCapabilities = 1;
const allRoSpecs = 0;

function bodyOf(name: RequestName, roSpecId: number, plan: InventoryPlan): Bytes {
  switch (name) {
    case 'GET_READER_CAPABILITIES':
      return [generalCapabilities];
    case 'SET_READER_CONFIG':
      return configuration(plan);
    case 'DELETE_ROSPEC':
      return u32(allRoSpecs);
    case 'ADD_ROSPEC':
      return roSpec(roSpecId, plan);
    case 'ENABLE_ROSPEC':
      return u32(roSpecId);
    case 'CLOSE_CONNECTION':
      return [];
  }
}

const eventTypes = { roSpec: 2, readerException: 4, antenna: 8 } as const;

/** Nothing is reset to the factory's settings: region and network belong to the reader. */
function configuration({ keepaliveMs, events }: InventoryPlan): Bytes {
  const keepResetOff = 0;
  const states = events.map((event) => tlv(245, u16(eventTypes[event]), [0x80]));
  const notifications = states.length > 0 ? tlv(244, ...states) : [];
  const periodic = 1;
  return [keepResetOff, ...notifications, ...tlv(220, [periodic], u32(keepaliveMs))];
}

/** ROSpecID, AntennaID and PeakRSSI in each report. Time is when a report arrives, so no time stamps. */
const reportContent = 0b1001_0100_0000_0000;

/**
 * One ROSpec with one AISpec on EPC Gen2, started by being enabled and never stopping by itself. One tag is
 * enough for a report: with a higher number a lone truck's tag would wait for a second one.
 */
function roSpec(roSpecId: number, plan: InventoryPlan): Bytes {
  const [lowestPriority, disabled, never, immediate, gen2] = [0, 0, 0, 1, 1];
  const boundary = tlv(178, tlv(179, [immediate]), tlv(182, [never], u32(0)));
  const antennas = plan.antennas.length > 0 ? plan.antennas : [0];
  const inventory = tlv(
    183,
    u16(antennas.length),
    ...antennas.map(u16),
    tlv(184, [never], u32(0)),
    tlv(186, u16(1), [gen2], ...transmitters(antennas, plan)),
  );
  const trigger = plan.reportTrigger === 'eachTagOrEndOfAISpec' ? 1 : 2;
  const report = tlv(237, [trigger], u16(1), tlv(238, u16(reportContent)));
  return tlv(177, u32(roSpecId), [lowestPriority, disabled], boundary, inventory, report);
}

/** Left out where nothing is set: readers refuse a hop table or a power they do not have. */
function transmitters(antennas: readonly number[], { transmit }: InventoryPlan): readonly Bytes[] {
  if (!transmit) return [];
  const { hopTableId, channelIndex, powerIndex } = transmit;
  const transmitter = tlv(224, u16(hopTableId), u16(channelIndex), u16(powerIndex));
  return antennas.map((antenna) => tlv(222, u16(antenna), transmitter));
}
