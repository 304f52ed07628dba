/**
 * The contract between a driver and the daemon. A driver is a pure translator: it is given bytes, replies,
 * requests and the time, and answers with observations, faults and what to send. It never opens a port,
 * never waits and never reads a clock; its session may keep state between calls.
 */
import type { TSchema } from '@sinclair/typebox';
import type { wireFaults } from '../core/fault-codes.ts';
import type { Observation } from '../core/observation.ts';
import type { Instant } from '../core/time.ts';
import type { ProfileFinding } from './profile/finding.ts';
import type { FirmwareProfile, ProfileBlock } from './profile/schema.ts';

/** Bytes as they arrived, stamped by the transport and nowhere else. */
export interface Chunk {
  readonly bytes: Uint8Array;
  readonly receivedAt: Instant;
}

/** A frame that was not accepted: counted, never thrown. */
export interface FrameFault {
  readonly code: FrameFaultCode;
  /** Bytes given up for it; the framer drops one at a time, so one bad frame may be several faults of one byte. */
  readonly droppedBytes: number;
  readonly detail?: string;
}

export type FrameFaultCode = Exclude<keyof typeof wireFaults, 'driver-crashed'>;

/** What a session wants after a call. */
export interface SessionOutput {
  readonly observations: readonly Observation[];
  readonly faults: readonly FrameFault[];
  /** Bytes to write, in order, one write each. Empty for shapes without a stream. */
  readonly send: readonly Uint8Array[];
  /** Pictures of readings told before, from a stream that carries both. */
  readonly latePictures?: readonly LatePicture[];
  /** Good messages among what was given, also those that told nothing new: the device is alive. */
  readonly goodMessages?: number;
  /**
   * The session cannot go on with this stream: `send` is still written, then the stream is closed and, after a
   * delay that grows, opened anew for a new session. Only a stream can be hung up.
   */
  readonly hangUp?: HangUp;
  /** Figures of the device itself, shown with its counters: its own cycles, its last error. */
  readonly values?: Readonly<Record<string, number>>;
}

/** Why a session gave its stream up; `detail` has the device's own words where it said any. */
export interface HangUp {
  readonly code: FrameFaultCode;
  readonly detail: string;
}

/** What a display tells the driver of a vehicle; the newest is the only one that counts. */
export interface DisplayNotice {
  readonly kind: 'closed' | 'welcome' | 'wait' | 'go' | 'seeClerk';
  readonly text: NoticeText;
  readonly reason?: NoticeText;
}

export interface NoticeText {
  readonly zh: string;
  readonly en: string;
}

/** First transport shape: a byte stream (serial line, serial over TCP). */
export interface StreamSession {
  /** How often `tick` is due while the stream is open, in milliseconds. */
  readonly tickMs: number;
  /**
   * The stream was opened, or opened anew: all earlier state is void. `nonce` tells this opening from others; what
   * a session makes of chance or time to tell connections apart it makes of this, so that a replay makes the same.
   */
  opened(now: Instant, nonce?: number): SessionOutput;
  received(chunk: Chunk): SessionOutput;
  /** Polls, idle resets. */
  tick(now: Instant): SessionOutput;
  /** Of a display: this is to be seen now, and nothing that was to be seen before. */
  show?(notice: DisplayNotice, now: Instant): SessionOutput;
  /** Last bytes before we close the stream by our own will. */
  closing?(): readonly Uint8Array[];
}

/** A read of the second shape. Addresses are 0-based as on the wire (PDU). */
export interface ModbusRead {
  readonly function: 1 | 2 | 3 | 4;
  readonly address: number;
  readonly quantity: number;
}

export type ModbusWrite =
  /** FC5 with the raw 16-bit value: 0xFF00 and 0x0000 for on and off, else a vendor's timed pulse. */
  | { readonly function: 5; readonly address: number; readonly value: number }
  | { readonly function: 6; readonly address: number; readonly value: number }
  /** FC16: registers from `address` on, 1 to 123 of them, in one write. */
  | { readonly function: 16; readonly address: number; readonly values: readonly number[] };

export type ModbusRequest = ModbusRead | ModbusWrite;

export type ModbusReply =
  | { readonly kind: 'bits'; readonly bits: readonly boolean[] }
  | { readonly kind: 'words'; readonly words: readonly number[] }
  | { readonly kind: 'written' };

/** Why an exchange brought nothing usable; after it the inputs are unknown. */
export type ExchangeFailure =
  | 'timeout'
  | 'exception'
  | 'foreignReply'
  /** What came was no whole frame: disturbance, or a second master on the line. */
  | 'corrupt'
  | 'disconnected'
  | 'expired'
  /** More requests wait than the line could answer in time. */
  | 'overloaded';

/** What the runtime may ask of an output device. */
export type DeviceOrder =
  /**
   * Raise the arm once. Timed by the device where it can, so that no crash of ours leaves a contact made.
   * `safety`: the arm comes down on something; nothing but the device itself may refuse it.
   */
  | { readonly kind: 'barrierOpen'; readonly safety?: true }
  /** Ask the barrier's own controller to close; it may refuse. */
  | { readonly kind: 'barrierClose' }
  | { readonly kind: 'light'; readonly colour: 'red' | 'green' }
  /** Give the outputs back after the device's own watchdog took them. Only ever a person's recorded act. */
  | { readonly kind: 'clearSafeState' };

/** One step of carrying out an order. A step begins when the one before has been answered. */
export type OrderStep =
  | {
      readonly kind: 'write';
      readonly request: ModbusWrite;
      /** Written however late it is, because it only ends a contact. All other writes keep the order's limit. */
      readonly always?: true;
      /** An exception of the device is borne, and the next step is taken. */
      readonly mayBeRefused?: true;
    }
  | { readonly kind: 'wait'; readonly ms: number }
  /** Reads, at most for `forMs` and once at least, until `proved` knows what has become of the order. */
  | {
      readonly kind: 'prove';
      readonly id: string;
      readonly request: ModbusRead;
      readonly everyMs: number;
      readonly forMs: number;
    };

export interface OrderPlan {
  /** At most `orderStepsMax`. None: the order cannot be carried out now. */
  readonly steps: readonly OrderStep[];
  /**
   * Ends what the steps begin. Carried out whatever becomes of them: after an error, when a newer order takes
   * the place of this one, and when the daemon stops. Where the connection is lost, `resync` does it.
   */
  readonly release: readonly OrderStep[];
  /** The device carries it out once, however often it is written: it is written again after a lost answer. */
  readonly repeatable?: true;
}

export const orderStepsMax = 64;

/** The order cannot be carried out now. */
export const noPlan: OrderPlan = { steps: [], release: [] };

/** What a read of a `prove` step says about the order. */
export interface Proof extends SessionOutput {
  readonly verdict: 'done' | 'pending' | 'refused';
}

export interface PollRequest {
  readonly id: string;
  readonly everyMs: number;
  readonly request: ModbusRead;
}

/** A sign of life that the device waits for. */
export interface Beat {
  readonly id: string;
  readonly everyMs: number;
  /** The next write; undefined where none is due yet. */
  next(): ModbusWrite | undefined;
}

export interface ExchangeMishap {
  readonly failure: ExchangeFailure;
  /** Modbus exception code, where the device answered with one. */
  readonly exceptionCode?: number;
}

/** Second transport shape, asked by us: request and reply (Modbus). */
export interface ExchangeSession {
  readonly unit: number;
  readonly polls: readonly PollRequest[];
  readonly beats: readonly Beat[];
  /** The connection is new: everything known is void. */
  opened(now: Instant): SessionOutput;
  /**
   * Brings every contact that could have stayed made back to rest. Carried out first on each connection, and
   * again until it succeeds; no order is carried out before.
   */
  resync(): readonly OrderStep[];
  replied(pollId: string, reply: ModbusReply, receivedAt: Instant): SessionOutput;
  failed(pollId: string, mishap: ExchangeMishap, at: Instant): SessionOutput;
  /**
   * How an order is carried out. `noPlan` where it cannot be now: there is no such output, an interlock point
   * is not known to be clear, or the device does not rule its outputs.
   */
  order(order: DeviceOrder, limit: OrderLimit): OrderPlan;
  proved(id: string, reply: ModbusReply, receivedAt: Instant): Proof;
}

export interface OrderLimit {
  readonly now: Instant;
  /** Nothing that moves the arm is written after this moment of the monotonic clock. */
  readonly notAfterMonotonicMs: number;
}

/** An HTTP request of a device to us. Headers have lower-case names. */
export interface PushRequest {
  readonly method: string;
  readonly path: string;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly receivedAt: Instant;
}

/** A picture as the device wrote it, to be hashed and stored as it is. A session hands its bytes over for good. */
export interface Picture {
  readonly role: 'scene' | 'plate' | 'container' | 'other';
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

export interface PushAnswer extends SessionOutput {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** Pictures that came with it. */
  readonly pictures?: readonly Picture[];
}

/** A picture with the reading it belongs to; it comes after the reading, which never waits for it. */
export interface LatePicture extends Picture {
  /** When the reading arrived, which is before the picture did. */
  readonly readingAt: Instant;
  /** The device's own id of the reading, where it has one. */
  readonly deviceEventId?: string;
}

/** Second transport shape, asked by the device: it posts, we answer. */
export interface PushSession {
  /** Largest body in bytes that is read; a larger one is answered with 413. */
  readonly bodyBytesMax: number;
  readonly contentTypes: readonly string[];
  answer(request: PushRequest): PushAnswer;
}

/**
 * A message that a device kept until it was fetched, as the text the device wrote: nothing in it has been made
 * into a number, a date or a truth value, so that a plate of digits alone is still text.
 */
export interface DeviceNotification {
  readonly text: string;
  readonly receivedAt: Instant;
  /** The device's own clock at `receivedAt`, ms since 1970; absent where it told none that makes sense. */
  readonly deviceTimeMs?: number;
  /** Longest time it can have waited in the device, in ms of our own clock: since the fetch before. */
  readonly heldMsMax: number;
}

export interface NotificationOutput extends SessionOutput {
  /** Pictures that came in the message. */
  readonly pictures?: readonly Picture[];
  /** A still picture of this moment is worth fetching. It comes after the reading, which never waits for it. */
  readonly wantsSnapshot?: boolean;
}

/** Third transport shape: the device queues messages, a transport fetches them (ONVIF pull point). */
export interface NotificationSession {
  notified(notification: DeviceNotification): NotificationOutput;
}

export type TransportKind =
  | 'serial'
  | 'tcp'
  | 'modbusTcp'
  | 'modbusRtu'
  | 'modbusRtuTcp'
  | 'httpPush'
  | 'onvif'
  | 'isapi';
export type DeviceKind =
  | 'weighbridge'
  | 'rfidReader'
  | 'plateCamera'
  | 'containerCamera'
  | 'ioModule'
  | 'display';

/** Capabilities a device may have; each is one or two questions or orders. */
export type Capability =
  /** Weight in kilograms with basis and stability. */
  | 'WeightSource'
  /** Tag identities, RSSI in dBm. */
  | 'TagSource'
  /** Plates with confidence 0 to 1. */
  | 'PlateSource'
  | 'ContainerNumberSource'
  /** Loops, light curtain, key switch. */
  | 'DigitalInputs'
  /** Opens on order, reports its limits. */
  | 'Barrier'
  | 'Lights'
  /** Shows lines of text to the driver. */
  | 'TextDisplay';

export interface SessionOptions {
  readonly profile: FirmwareProfile;
  /** Validated against the manifest's settings schema. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** What a device must know of the lane it stands in. */
export interface LaneBehaviour {
  /** Whether kakou asks the barrier to close, or leaves it to the barrier's own controller. */
  readonly closing: 'requested' | 'byController';
}

interface ManifestBase {
  /** Driver name as used in the configuration and in `devices/index.ts`. */
  readonly name: string;
  readonly kind: DeviceKind;
  /** The block of a profile that it reads. */
  readonly block: ProfileBlock;
  readonly capabilities: readonly Capability[];
  readonly transports: readonly TransportKind[];
  /** JSON schema of the driver's site settings. */
  readonly settings: TSchema;
  /** Fault codes it can raise beside those of its transport. */
  readonly faults: readonly FrameFaultCode[];
  /** Milliseconds without a good message after which the device counts as silent. */
  staleAfterMs(options: SessionOptions): number;
  /**
   * Tests of a profile that only this driver can read, with paths from its top as in `llrp.tests.0`. They are run
   * by the lint of the profile and at each start.
   */
  prove?(profile: FirmwareProfile): readonly ProfileFinding[];
  /** What the two schemas cannot say about a profile and its settings together; called before `session`. */
  check?(options: SessionOptions, lane?: LaneBehaviour): readonly ProfileFinding[];
}

/** What a device may be spoken to by, and how a session of it is made. */
export type DriverManifest = ShapedManifest & {
  /** For the transports named here the driver is this one instead, of another shape. */
  readonly instead?: Partial<Readonly<Record<TransportKind, ShapedManifest>>>;
};

export type ShapedManifest =
  | (ManifestBase & { readonly shape: 'stream'; session(options: SessionOptions): StreamSession })
  | (ManifestBase & {
      readonly shape: 'exchange';
      session(options: SessionOptions): ExchangeSession;
    })
  | (ManifestBase & { readonly shape: 'push'; session(options: SessionOptions): PushSession })
  | (ManifestBase & {
      readonly shape: 'notification';
      session(options: SessionOptions): NotificationSession;
    });

/** Nothing to report and nothing to send. */
export const quiet: SessionOutput = { observations: [], faults: [], send: [] };
