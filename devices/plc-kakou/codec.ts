/** Pure reading and making of the registers of docs/reference/plc-interface.md, version 1. */
import {
  type BarrierPosition,
  type InputChange,
  type LanePoint,
  lanePoints,
  type ModbusReply,
} from 'kakou/driver-kit';

export const stateWords = 24;
/** Offsets of the two blocks that we write. */
export const commandOffset = 32;
export const masterOffset = 48;
export const ttlMaxMs = 10_000;

const magic = 0x4b01;
const checkSeed = 0x4b4b;

export const commandWord = { open: 1, close: 2, acknowledge: 3 } as const;
export const lightWord = { red: 1, green: 2 } as const;

/** Points that the interface has a bit for. */
export type PlcPoint = Exclude<LanePoint, 'deckFront' | 'deckRear'>;

const inputBits = {
  approach: 2,
  presence: 3,
  exit: 4,
  curtain: 5,
  localControl: 6,
  barrierFault: 7,
} as const satisfies Readonly<Record<PlcPoint, number>>;

/** In the order in which they are told. */
export const plcPoints = lanePoints.filter((point): point is PlcPoint => point in inputBits);

const faultNames = [
  'openFailed',
  'closeFailed',
  'limitsContradict',
  'drive',
  'emergencyStop',
  'movedUncommanded',
] as const;
export type PlcFault = (typeof faultNames)[number];
export const plcFaults: readonly PlcFault[] = faultNames;

const refusalNames = [
  'none',
  'notRising',
  'leap',
  'otherSession',
  'badTtl',
  'expired',
  'noMaster',
  'unknownCommand',
  'notAutomatic',
  'faulted',
  'interlock',
] as const;

export interface PlcState {
  readonly scan: number;
  /** Milliseconds of the PLC's clock, modulo 2^32. */
  readonly clockMs: number;
  readonly session: number;
  readonly inputs: Readonly<Record<PlcPoint, InputChange['state']>>;
  readonly barrier: BarrierPosition['position'];
  readonly faults: readonly PlcFault[];
  readonly lastId: number;
  readonly lastCheck: number;
  readonly doneId: number;
  readonly refusedId: number;
  /** Why `refusedId` was refused, by its name in the document. */
  readonly refusal: string;
  readonly refusals: number;
  readonly departures: number;
  readonly masterBeat: number;
}

/** Not a state: the registers of something else, a block of two scans, or no reply to this question. */
export type NoState = 'foreign' | 'torn' | 'unfitting';

export function stateOf(reply: ModbusReply): PlcState | NoState {
  if (reply.kind !== 'words' || reply.words.length !== stateWords) return 'unfitting';
  const word = (offset: number) => reply.words[offset] ?? 0;
  const long = (offset: number) => word(offset) * 0x1_0000 + word(offset + 1);
  if (word(0) !== magic) return 'foreign';
  if (word(1) !== word(23)) return 'torn';
  const [inputs, valid] = [word(5), word(6)];
  return {
    scan: word(1),
    clockMs: long(2),
    session: word(4),
    inputs: inputStates(inputs, valid),
    barrier: barrierOf(inputs, valid),
    faults: faultNames.filter((_, bit) => isSet(word(9), bit)),
    lastId: long(10),
    lastCheck: word(13),
    doneId: long(14),
    refusedId: long(16),
    refusal: refusalNames[word(18)] ?? `refusal ${word(18)}`,
    refusals: word(19),
    departures: word(21),
    masterBeat: word(22),
  };
}

const isSet = (word: number, bit: number) => ((word >> bit) & 1) === 1;

function inputStates(inputs: number, valid: number): PlcState['inputs'] {
  const state = (bit: number) =>
    isSet(valid, bit) ? (isSet(inputs, bit) ? 'occupied' : 'clear') : 'unknown';
  return {
    approach: state(inputBits.approach),
    presence: state(inputBits.presence),
    exit: state(inputBits.exit),
    curtain: state(inputBits.curtain),
    localControl: state(inputBits.localControl),
    barrierFault: state(inputBits.barrierFault),
  };
}

function barrierOf(inputs: number, valid: number): PlcState['barrier'] {
  if (!isSet(valid, 0) || !isSet(valid, 1)) return 'unknown';
  const [closed, open] = [isSet(inputs, 0), isSet(inputs, 1)];
  if (closed) return open ? 'contradictory' : 'closed';
  return open ? 'open' : 'between';
}

export interface PlcCommand {
  readonly id: number;
  readonly word: number;
  readonly ttlMs: number;
  /** `clockMs` and `session` of the state it rests on. */
  readonly stamp: number;
  readonly session: number;
}

/** The registers of a command, its check word last. */
export function commandRegisters({
  id,
  word,
  ttlMs,
  stamp,
  session,
}: PlcCommand): readonly number[] {
  const words = [...high(id), word, ttlMs, ...high(stamp), session];
  return [...words, words.reduce((sum, each) => sum ^ each, checkSeed)];
}

/** High word first. */
function high(value: number): readonly [number, number] {
  return [Math.floor(value / 0x1_0000) & 0xffff, value & 0xffff];
}
