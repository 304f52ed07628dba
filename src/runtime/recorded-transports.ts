/**
 * Transports with the recorder between them and the device: whatever passes is kept as it is passed on. Of posts
 * neither headers nor address are kept: that is where passwords travel.
 */
import type { Clock } from '../ports/clock.ts';
import type {
  ExchangeTransport,
  NotificationTransport,
  OpenExchange,
  OpenStream,
  PushListener,
  StreamTransport,
} from '../ports/transport.ts';
import { codeOf, messageOf } from './device-shapes.ts';
import type { RecorderChannel } from './recorder.ts';
import { keptBody, withoutSecrets } from './redaction.ts';

/** Of one chunk or message; what is beyond is left out, and the entry says so. */
const bytesMax = 16_384;

export interface RecordedBy {
  readonly channel: RecorderChannel;
  readonly clock: Clock;
}

export function recordedStream(transport: StreamTransport, by: RecordedBy): StreamTransport {
  const { channel, clock } = by;
  return {
    async open(events) {
      // A stream that was given up may still tell of its end: that is of no connection any more.
      let isGivenUp = false;
      const stream = await opened(by, () =>
        transport.open({
          received(chunk) {
            if (!isGivenUp) {
              const { kept, more } = cut(chunk.bytes);
              // A copy: the transport may use its buffer again.
              const event = { kind: 'received' as const, bytes: kept.slice(), ...more };
              channel.add(chunk.receivedAt, event, kept.length);
            }
            events.received(chunk);
          },
          closed(code, detail) {
            if (!isGivenUp) closed(by, code, detail);
            events.closed(code, detail);
          },
        }),
      );
      return {
        nonce: stream.nonce,
        write(bytes) {
          stream.write(bytes);
          const { kept, more } = cut(bytes);
          channel.add(clock.now(), { kind: 'sent', bytes: kept, ...more }, kept.length);
        },
        close() {
          isGivenUp = true;
          channel.add(clock.now(), { kind: 'hungUp' });
          stream.close();
        },
      } satisfies OpenStream;
    },
  };
}

function cut(bytes: Uint8Array): { kept: Uint8Array; more: { cutBytes?: number } } {
  if (bytes.length <= bytesMax) return { kept: bytes, more: {} };
  return { kept: bytes.subarray(0, bytesMax), more: { cutBytes: bytes.length - bytesMax } };
}

async function opened<T extends object>(
  { channel, clock }: RecordedBy,
  open: () => Promise<T>,
): Promise<T> {
  try {
    const made = await open();
    const nonce = 'nonce' in made && typeof made.nonce === 'number' ? { nonce: made.nonce } : {};
    channel.add(clock.now(), { kind: 'opened', ...nonce });
    return made;
  } catch (error) {
    const detail = withoutSecrets(messageOf(error));
    channel.add(clock.now(), { kind: 'openFailed', code: codeOf(error), detail }, detail.length);
    throw error;
  }
}

function closed({ channel, clock }: RecordedBy, code: string, detail: string): void {
  const told = withoutSecrets(detail);
  channel.add(clock.now(), { kind: 'closed', code, detail: told }, told.length);
}

export function recordedExchange(transport: ExchangeTransport, by: RecordedBy): ExchangeTransport {
  const { channel, clock } = by;
  return {
    async open(unit, onClosed) {
      let isGivenUp = false;
      const exchange = await opened(by, () =>
        transport.open(unit, (code, detail) => {
          if (!isGivenUp) closed(by, code, detail);
          onClosed(code, detail);
        }),
      );
      return {
        request(request, options) {
          const requestedMs = clock.now().monotonicMs;
          // First of all: nothing stands before the write of an order.
          return exchange.request(request, options).then((result) => {
            const at = result.kind === 'reply' ? result.receivedAt : clock.now();
            channel.exchanged(at, { request, result, requestedMs });
            return result;
          });
        },
        close() {
          isGivenUp = true;
          channel.add(clock.now(), { kind: 'hungUp' });
          exchange.close();
        },
      } satisfies OpenExchange;
    },
  };
}

/** The post is kept after it has been judged: looking through it for secrets and pictures takes its time. */
export function recordedPush(listener: PushListener, { channel }: RecordedBy): PushListener {
  return {
    register(path, session, answer) {
      listener.register(path, session, (request) => {
        const answered = answer(request);
        const { contentType, receivedAt } = request;
        const { body, cutBytes } = keptBody(request.body);
        const event = {
          kind: 'posted' as const,
          contentType,
          body,
          ...(cutBytes > 0 && { cutBytes }),
          answer: { status: answered.status },
        };
        channel.add(receivedAt, event, body.length);
        return answered;
      });
    },
  };
}

export function recordedNotifications(
  transport: NotificationTransport,
  { channel, clock }: RecordedBy,
): NotificationTransport {
  return {
    start: (events) =>
      transport.start({
        opened() {
          channel.add(clock.now(), { kind: 'opened' });
          events.opened();
        },
        answered(at, notifications) {
          events.answered(at, notifications);
          const kept = notifications.map((each) => {
            const { body } = keptBody(Buffer.from(each.text, 'utf8'));
            return { ...each, text: Buffer.from(body).toString('utf8') };
          });
          const bytes = kept.reduce((sum, { text }) => sum + text.length, 0);
          channel.add(at, { kind: 'fetched', notifications: kept }, bytes);
        },
        faulted(code, detail) {
          const told = withoutSecrets(detail);
          channel.add(clock.now(), { kind: 'faulted', code, detail: told }, told.length);
          events.faulted(code, detail);
        },
        lost(code, detail, retryMs) {
          const told = withoutSecrets(detail);
          channel.add(clock.now(), { kind: 'lost', code, detail: told }, told.length);
          events.lost(code, detail, retryMs);
        },
      }),
    snapshot: () => transport.snapshot(),
    stop: () => transport.stop(),
  };
}
