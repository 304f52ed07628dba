/**
 * The supervision centre's receiver: stores the bytes of every entry as they came, commits, and only then
 * acknowledges; asks for what is missing; and never lets a second version of an entry replace the first.
 */
import { createHash } from 'node:crypto';
import type { Uplink, UplinkConnection, UplinkMessage } from '../ports/uplink.ts';
import type { CentreStore, ReceivedEntry, StreamKey } from './store.ts';

export interface ReceiverOptions {
  readonly store: CentreStore;
  readonly uplink: Uplink;
  /** Called for every entry, once, when it is committed and complete up to it. */
  readonly onEntry: (entry: ReceivedEntry) => void;
  readonly log: (message: string, detail: Readonly<Record<string, unknown>>) => void;
}

const subscriptions = ['kakou/v1/+/+/event', 'kakou/v1/+/+/status', 'kakou/v1/+/+/checkpoint'];
const connectTimeoutMs = 10_000;
const retryMs = 500;
const askAgainMs = 1_000;
const batchMax = 256;

export class Receiver {
  readonly #o: ReceiverOptions;
  readonly #waiting: UplinkMessage[] = [];
  readonly #asked = new Map<string, number>();
  #connection: UplinkConnection | undefined;
  #flushing: NodeJS.Immediate | undefined;
  #retry: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: ReceiverOptions) {
    this.#o = options;
  }

  start(): void {
    if (this.#stopped) return;
    const events = {
      message: (message: UplinkMessage) => this.#hear(message),
      closed: (reason: string) => this.#lost(reason),
    };
    this.#o.uplink.connect({ timeoutMs: connectTimeoutMs, subscriptions }, events).then(
      (connection) => {
        if (this.#stopped) return connection.discard();
        this.#connection = connection;
        this.#o.log('centre connected', {});
      },
      (error: unknown) => this.#lost(String(error)),
    );
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#retry);
    clearImmediate(this.#flushing);
    this.#flush();
    this.#connection?.discard();
    this.#connection = undefined;
  }

  #lost(reason: string): void {
    this.#connection = undefined;
    if (this.#stopped) return;
    this.#o.log('centre lost its broker', { reason });
    this.#retry = setTimeout(() => this.start(), retryMs * (1 + Math.random()));
  }

  #hear(message: UplinkMessage): void {
    if (!message.topic.endsWith('/event')) return;
    this.#waiting.push(message);
    if (this.#waiting.length >= batchMax) this.#flush();
    else this.#flushing ??= setImmediate(() => this.#flush());
  }

  /** One commit for all that has come; acknowledged after it, never before. */
  #flush(): void {
    clearImmediate(this.#flushing);
    this.#flushing = undefined;
    const messages = this.#waiting.splice(0);
    if (messages.length === 0) return;
    const touched = new Map<string, StreamKey>();
    const complete: ReceivedEntry[] = [];
    this.#o.store.inTransaction(() => {
      for (const message of messages) {
        const entry = this.#store(message);
        if (!entry) continue;
        touched.set(`${entry.site}/${entry.gate}/${entry.epoch}`, entry);
        this.#advance(entry, complete);
      }
    });
    for (const key of touched.values()) this.#acknowledge(key);
    for (const entry of complete) this.#o.onEntry(entry);
  }

  #store(message: UplinkMessage): ReceivedEntry | undefined {
    const { store } = this.#o;
    const entry = receivedEntry(message);
    if (typeof entry === 'string') {
      store.reject(message.topic, message.payload, entry);
      this.#o.log('a message was rejected', { topic: message.topic, reason: entry });
      return undefined;
    }
    if (store.put(entry) === 'fork') {
      const held = store.at(entry, entry.sequence)?.hash;
      store.alarm('fork', entry, `entry ${entry.sequence}: held ${held}, came ${entry.hash}`);
      this.#o.log('fork: the same entry came with other bytes', {
        gate: entry.gate,
        sequence: entry.sequence,
      });
    }
    return entry;
  }

  /** Moves the mark over everything that is now without a hole, checking the chain link by link. */
  #advance(entry: ReceivedEntry, complete: ReceivedEntry[]): void {
    const { store } = this.#o;
    let { through, head } = store.completeThrough(entry);
    if (entry.sequence !== through + 1) return;
    for (let next = store.at(entry, through + 1); next; next = store.at(entry, through + 1)) {
      if (next.previousHash !== head) {
        store.alarm(
          'chain',
          entry,
          `entry ${next.sequence} names ${next.previousHash} before it, held is ${head}`,
        );
        this.#o.log('the chain is broken', { gate: entry.gate, sequence: next.sequence });
        break;
      }
      through = next.sequence;
      head = next.hash;
      complete.push(next);
    }
    store.setComplete(entry, through, head);
  }

  #acknowledge(key: StreamKey): void {
    const { through, head } = this.#o.store.completeThrough(key);
    const topic = `kakou/v1/${key.site}/${key.gate}`;
    const ack = JSON.stringify({ epoch: key.epoch, through, head });
    this.#connection?.publish(
      { topic: `${topic}/ack`, payload: ack, retain: true, qos: 1 },
      () => undefined,
    );
    if (this.#o.store.highest(key) > through) this.#ask(topic, key.epoch, through + 1);
  }

  /** A hole is asked for at most once a second. */
  #ask(topic: string, epoch: string, from: number): void {
    const last = this.#asked.get(topic);
    if (last !== undefined && performance.now() - last < askAgainMs) return;
    this.#asked.set(topic, performance.now());
    const payload = JSON.stringify({ epoch, from });
    this.#connection?.publish(
      { topic: `${topic}/resend`, payload, retain: false, qos: 1 },
      () => undefined,
    );
  }
}

/** The entry, or why it is none. */
function receivedEntry({ topic, payload }: UplinkMessage): ReceivedEntry | string {
  const [, , site = '', gate = ''] = topic.split('/');
  const bytes = Buffer.from(payload);
  let event: Record<string, unknown>;
  try {
    event = JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
  } catch {
    return 'the payload is no JSON';
  }
  const { epoch, sequence, prevhash, source, specversion } = event ?? {};
  if (specversion !== '1.0') return 'the payload is no CloudEvents 1.0 event';
  if (source !== `urn:kakou:${site}:${gate}`)
    return `source "${source}" does not belong to topic ${topic}`;
  if (typeof sequence !== 'string' || !/^\d{16}$/.test(sequence))
    return 'sequence is not 16 digits';
  if (typeof epoch !== 'string' || !/^[0-9a-f]{32}$/.test(epoch))
    return 'epoch is not 32 hexadecimal digits';
  if (typeof prevhash !== 'string' || !/^[0-9a-f]{64}$/.test(prevhash))
    return 'prevhash is no SHA-256';
  return {
    site,
    gate,
    epoch,
    sequence: Number(sequence),
    hash: createHash('sha256').update(bytes).digest('hex'),
    previousHash: prevhash,
    entry: bytes.toString('utf8'),
  };
}
