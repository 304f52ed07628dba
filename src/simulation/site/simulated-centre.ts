/**
 * Broker and supervision centre in simulated time, written from the uplink contract (docs/reference/uplink.md): at
 * least once, in any order, with losses. The centre keeps what came first, acknowledges after it has kept it, and asks
 * for what is missing.
 */
import { createHash } from 'node:crypto';
import type { Publication, Uplink, UplinkConnection, UplinkEvents } from '../../ports/uplink.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { Faults } from './faults.ts';
import type { BootClock, SimulatedTime } from './simulated-time.ts';

export interface SimulatedCentreOptions {
  readonly time: SimulatedTime;
  readonly random: SeededRandom;
  readonly faults: Faults;
}

interface Kept {
  readonly text: string;
  readonly hash: string;
  readonly previousHash: string;
}

const wayMs = 8;
const centreMs = 25;
const askEveryMs = 1_000;
const receiveMaximum = 20;

export class SimulatedCentre {
  /** By sequence; the first bytes that came stay. */
  readonly kept = new Map<number, Kept>();
  readonly notes: string[] = [];
  /** What the centre must never see. */
  readonly alarms: string[] = [];
  isAway = false;
  through = 0;
  epoch: string | undefined;
  readonly #o: SimulatedCentreOptions;
  #connection: BrokerConnection | undefined;
  #head = '0'.repeat(64);
  #topic = '';
  #retainedAck: string | undefined;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: SimulatedCentreOptions) {
    this.#o = options;
  }

  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  cut(): void {
    this.#connection?.cut('the connection was closed');
    this.#connection = undefined;
  }

  uplink(boot: BootClock): Uplink {
    this.#connection = undefined;
    return {
      connect: (_options, events) =>
        new Promise<UplinkConnection>((resolve, reject) => {
          this.#o.time.after(wayMs * 3, () => {
            if (boot.isHalted) return;
            if (this.isAway) return reject(new Error('connection refused'));
            const connection = new BrokerConnection(boot, events, (publication, done) =>
              this.#published(connection, publication, done),
            );
            this.#connection = connection;
            resolve(connection);
            if (this.#retainedAck !== undefined) this.#tell('ack', this.#retainedAck, true);
          });
        }),
    };
  }

  #published(
    connection: BrokerConnection,
    { topic, payload, qos }: Publication,
    done: (refused: string | undefined) => void,
  ): void {
    const { time, random, faults } = this.#o;
    if (qos === 0) return;
    const r = faults.has('broker') ? random.next() : 1;
    if (r < 0.01) return;
    time.after(wayMs, () => {
      if (r >= 0.02) time.after(wayMs, () => connection.answer(done));
      this.#onTheWay(topic, payload, faults.has('broker') ? random.next() : 1);
    });
  }

  #onTheWay(topic: string, payload: string, r: number): void {
    const { time, random } = this.#o;
    if (r < 0.01) return;
    const lateMs = r < 0.03 ? random.integer(3_000) : 0;
    time.after(wayMs + lateMs, () => this.#receive(topic, payload));
    if (r >= 0.03 && r < 0.05) {
      time.after(wayMs + random.integer(5_000), () => this.#receive(topic, payload));
    }
  }

  #receive(topic: string, payload: string): void {
    if (topic.endsWith('/checkpoint')) this.notes.push(payload);
    if (!topic.endsWith('/event')) return;
    this.#topic = topic.slice(0, -'/event'.length);
    this.#keep(payload);
    this.#advance();
    this.#o.time.after(centreMs, () => this.#acknowledge());
  }

  #keep(text: string): void {
    const { sequence, epoch, prevhash } = JSON.parse(text) as Record<string, string>;
    this.epoch ??= epoch;
    if (epoch !== this.epoch) this.alarms.push(`entry ${sequence} is of another epoch`);
    const hash = createHash('sha256').update(text).digest('hex');
    const held = this.kept.get(Number(sequence));
    if (held && held.hash !== hash) this.alarms.push(`fork at entry ${sequence}`);
    if (!held) this.kept.set(Number(sequence), { text, hash, previousHash: prevhash ?? '' });
  }

  #advance(): void {
    for (let next = this.kept.get(this.through + 1); next; next = this.kept.get(this.through + 1)) {
      if (next.previousHash !== this.#head) {
        this.alarms.push(`entry ${this.through + 1} does not follow the one before`);
        return;
      }
      this.through += 1;
      this.#head = next.hash;
    }
  }

  #acknowledge(): void {
    const { time } = this.#o;
    const { through, epoch } = this;
    this.#retainedAck = JSON.stringify({ epoch, through, head: this.#head });
    this.#tell('ack', this.#retainedAck);
    const isAsked = time.nowMs - this.#askedAtMs < askEveryMs;
    if (isAsked || Math.max(...this.kept.keys()) === through) return;
    this.#askedAtMs = time.nowMs;
    this.#tell('resend', JSON.stringify({ epoch, from: through + 1 }));
  }

  #tell(what: 'ack' | 'resend', payload: string, retained = false): void {
    const { time, random, faults } = this.#o;
    const connection = this.#connection;
    if (faults.has('broker') && random.next() < 0.02) return;
    time.after(wayMs, () => connection?.hear(`${this.#topic}/${what}`, payload, retained));
  }
}

class BrokerConnection implements UplinkConnection {
  readonly receiveMaximum = receiveMaximum;
  readonly #boot: BootClock;
  readonly #events: UplinkEvents;
  readonly #take: (publication: Publication, done: (refused: string | undefined) => void) => void;
  #isOver = false;

  constructor(boot: BootClock, events: UplinkEvents, take: BrokerConnection['publish']) {
    this.#boot = boot;
    this.#events = events;
    this.#take = take;
  }

  publish(publication: Publication, done: (refused: string | undefined) => void): void {
    if (!this.#isOver && !this.#boot.isHalted) this.#take(publication, done);
  }

  answer(done: (refused: string | undefined) => void): void {
    if (!this.#isOver && !this.#boot.isHalted) done(undefined);
  }

  hear(topic: string, payload: string, retained: boolean): void {
    if (this.#isOver || this.#boot.isHalted) return;
    this.#events.message({ topic, payload: Buffer.from(payload), retained });
  }

  cut(reason: string): void {
    if (this.#isOver || this.#boot.isHalted) return;
    this.#isOver = true;
    this.#events.closed(reason);
  }

  discard(): void {
    this.#isOver = true;
  }
}
