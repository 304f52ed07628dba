/**
 * Reads an LLRP reader: messages to tags, and the reader's word about itself to faults. A tag is told only from
 * our own inventory on the antennas of this lane; a keepalive is a sign of life only while there is an
 * inventory and an antenna to run it.
 */
import {
  type Chunk,
  type FrameFault,
  type HangUp,
  hexOf,
  type Instant,
  type LlrpProfile,
  parseTag,
  type SessionOptions,
  type SessionOutput,
  type StreamSession,
  type TagRead,
} from 'kakou/driver-kit';
import { decodeMessage, type ReaderEvent, type ReaderMessage, type TagReport } from './codec.ts';
import {
  type ConnectionInput,
  type ConnectionState,
  newConnection,
  stepConnection,
} from './connection.ts';
import { MessageStream } from './message-stream.ts';
import { type InventoryPlan, keepaliveAck, requestBytes } from './requests.ts';
import type { LlrpSettings } from './settings.ts';

function blockOf({ profile }: SessionOptions): LlrpProfile {
  if (!profile.llrp) throw new TypeError('rfid-llrp needs a profile with an llrp block');
  return profile.llrp;
}

export function planOf(options: SessionOptions): InventoryPlan {
  const block = blockOf(options);
  const settings: LlrpSettings = options.settings;
  return {
    antennas: settings.antennas ?? block.antennas,
    keepaliveMs: settings.keepaliveMs ?? block.keepaliveMs,
    events: block.events,
    reportTrigger: block.reportTrigger,
    transmit: settings.transmit ?? block.transmit,
  };
}

/** What a call gathers until it is answered. */
interface Gathering {
  readonly tags: TagRead[];
  readonly faults: FrameFault[];
  readonly send: Uint8Array[];
  good: number;
  hangUp?: HangUp;
}

const gathering = (): Gathering => ({ tags: [], faults: [], send: [], good: 0 });

/**
 * ROSpecs get another id in each connection, so that a report which the reader, or a network that stood still,
 * kept from an earlier one is told by it. An id stays below 16 bits for readers that keep no more.
 */
const roSpecIdOf = (nonce: number): number => 1 + (Math.floor(nonce) % 0xffff);

type Carried = Omit<TagReport, 'epc'>;

export class LlrpSession implements StreamSession {
  readonly tickMs = 250;
  readonly #plan: InventoryPlan;
  readonly #block: LlrpProfile;
  #stream = new MessageStream();
  #connection: ConnectionState = newConnection;
  #roSpecId = 0;
  #carried: Carried = {};
  /** Antennas the reader has; unknown until its capabilities have come. */
  #antennas: number | undefined;
  readonly #disconnected = new Set<number>();

  constructor(options: SessionOptions) {
    this.#block = blockOf(options);
    this.#plan = planOf(options);
  }

  opened(now: Instant, nonce = now.monotonicMs): SessionOutput {
    this.#stream = new MessageStream();
    this.#connection = newConnection;
    this.#roSpecId = roSpecIdOf(nonce);
    this.#carried = {};
    this.#antennas = undefined;
    this.#disconnected.clear();
    return this.#answer({ kind: 'opened', nowMs: now.monotonicMs });
  }

  received({ bytes, receivedAt }: Chunk): SessionOutput {
    const nowMs = receivedAt.monotonicMs;
    const gathered = gathering();
    for (const message of this.#stream.feed(bytes)) this.#take(message, nowMs, gathered);
    const { loss } = this.#stream;
    if (loss) this.#step({ kind: 'lost', ...loss }, gathered);
    return outputOf(gathered);
  }

  tick(now: Instant): SessionOutput {
    return this.#answer({ kind: 'tick', nowMs: now.monotonicMs });
  }

  closing(): readonly Uint8Array[] {
    return this.#connection.kind === 'givenUp' ? [] : this.#farewell();
  }

  /**
   * A reader that is left without a word may keep its only connection for us for minutes. One that has not
   * taken us is told nothing: the connection it would close is somebody else's.
   */
  #farewell(): readonly Uint8Array[] {
    const { requestId } = this.#connection;
    if (requestId === 0) return [];
    const ids = { messageId: requestId + 1, roSpecId: this.#roSpecId };
    return [requestBytes('CLOSE_CONNECTION', ids, this.#plan)];
  }

  #answer(input: ConnectionInput): SessionOutput {
    const gathered = gathering();
    this.#step(input, gathered);
    return outputOf(gathered);
  }

  #step(input: ConnectionInput, gathered: Gathering): void {
    const { state, effects } = stepConnection(this.#connection, input, {
      wantsCapabilities: this.#block.capabilities,
      replyMs: this.#block.replyMs,
      keepaliveMs: this.#plan.keepaliveMs,
    });
    // Inventory that has just begun is a sign of life: in an empty lane the next one is a keepalive away.
    if (state.kind === 'reporting' && this.#connection.kind !== 'reporting') gathered.good += 1;
    this.#connection = state;
    for (const effect of effects) {
      if (effect.kind === 'ask') {
        const ids = { messageId: effect.id, roSpecId: this.#roSpecId };
        gathered.send.push(requestBytes(effect.request, ids, this.#plan));
      } else if (effect.kind === 'fault') {
        gathered.faults.push(faultOf(effect.code, effect.detail));
      } else {
        const { code, detail } = effect;
        gathered.send.push(...this.#farewell());
        gathered.hangUp = { code, detail };
      }
    }
  }

  #take(bytes: Uint8Array, nowMs: number, gathered: Gathering): void {
    if (this.#connection.kind === 'givenUp') return;
    const decoded = decodeMessage(bytes);
    if (decoded.kind === 'damaged') {
      const { detail } = decoded;
      gathered.faults.push({ code: 'frame-undecodable', droppedBytes: bytes.length, detail });
      return;
    }
    this.#step({ kind: 'heard', nowMs }, gathered);
    this.#read(decoded.message, nowMs, gathered);
  }

  #read(message: ReaderMessage, nowMs: number, gathered: Gathering): void {
    switch (message.kind) {
      case 'keepalive':
        gathered.send.push(keepaliveAck(message.id));
        if (this.#connection.kind === 'reporting' && !this.#isBlind()) gathered.good += 1;
        return;
      case 'report':
        return this.#readReport(message.tags, gathered);
      case 'events':
        for (const event of message.events) this.#readEvent(event, nowMs, gathered);
        return;
      case 'answer':
        if (message.antennas !== undefined) this.#antennas = message.antennas;
        return this.#step({ ...message, kind: 'answered', nowMs }, gathered);
      case 'error':
        return this.#step({ ...message, kind: 'erred', nowMs }, gathered);
      case 'other':
        return;
    }
  }

  #readReport(reports: readonly TagReport[], gathered: Gathering): void {
    let isOurs = this.#connection.kind === 'reporting';
    for (const report of reports) {
      // A reader may leave out what has not changed since it last sent it (LLRP 1.0.1 section 13.2.3).
      const { epc, ...said } = report;
      this.#carried = { ...this.#carried, ...said };
      const problem = this.#foreign();
      if (problem !== undefined) {
        isOurs = false;
        gathered.faults.push(faultOf('reply-unexpected', problem));
        continue;
      }
      const tag = parseTag(hexOf(epc));
      if (tag.kind === 'malformed') {
        gathered.faults.push(faultOf('frame-undecodable', tag.hint));
        continue;
      }
      const { antenna, rssiDbm } = this.#carried;
      if (antenna !== undefined) this.#disconnected.delete(antenna);
      gathered.tags.push({
        kind: 'tagRead',
        tag: tag.id,
        ...(antenna !== undefined && { antenna }),
        ...(rssiDbm !== undefined && { rssiDbm }),
      });
    }
    if (isOurs) gathered.good += 1;
  }

  /** Why the report at hand is none of this lane's; undefined where it is. */
  #foreign(): string | undefined {
    const { roSpecId, antenna } = this.#carried;
    const { kind } = this.#connection;
    // The first report may overtake the answer to ENABLE_ROSPEC.
    if (kind !== 'reporting' && !(kind === 'enabling' && roSpecId === this.#roSpecId))
      return 'a tag while there is no inventory of ours';
    if (roSpecId !== undefined && roSpecId !== this.#roSpecId)
      return `a tag of ROSpec ${roSpecId}, ours is ${this.#roSpecId}`;
    const { antennas } = this.#plan;
    if (antenna !== undefined && antennas.length > 0 && !antennas.includes(antenna))
      return `a tag on antenna ${antenna}, which is not of this lane`;
    return undefined;
  }

  #readEvent(event: ReaderEvent, nowMs: number, gathered: Gathering): void {
    switch (event.kind) {
      case 'connectionAttempt':
        return this.#step({ kind: 'greeted', status: event.status, nowMs }, gathered);
      case 'connectionClose': {
        const detail = 'the reader said that it closes the connection';
        return this.#step({ kind: 'lost', code: 'reader-closing', detail }, gathered);
      }
      case 'antenna':
        return this.#readAntenna(event.antenna, event.isConnected, gathered);
      case 'exception':
        gathered.faults.push(faultOf('device-error', event.words));
        return;
      case 'reportsLost':
        gathered.faults.push(faultOf('device-error', 'the buffer was full, reports are lost'));
        return;
      case 'roSpec':
        if (event.roSpecId !== this.#roSpecId || event.what === 'started') return;
        return this.#step(
          { kind: 'lost', code: 'inventory-ended', detail: `our ROSpec was ${event.what}` },
          gathered,
        );
    }
  }

  #readAntenna(antenna: number, isConnected: boolean, gathered: Gathering): void {
    if (isConnected) this.#disconnected.delete(antenna);
    else this.#disconnected.add(antenna);
    // A reader asked for all its antennas also names the ones that were never there.
    if (isConnected || !this.#plan.antennas.includes(antenna)) return;
    gathered.faults.push(faultOf('antenna-disconnected', `antenna ${antenna} is disconnected`));
  }

  /** No antenna is left to see by. */
  #isBlind(): boolean {
    const { antennas } = this.#plan;
    if (antennas.length > 0) return antennas.every((antenna) => this.#disconnected.has(antenna));
    return this.#antennas !== undefined && this.#disconnected.size >= this.#antennas;
  }
}

const faultOf = (code: FrameFault['code'], detail: string): FrameFault => ({
  code,
  droppedBytes: 0,
  detail,
});

const outputOf = ({ tags, faults, send, good, hangUp }: Gathering): SessionOutput => ({
  observations: tags,
  faults,
  send,
  goodMessages: good,
  ...(hangUp && { hangUp }),
});
