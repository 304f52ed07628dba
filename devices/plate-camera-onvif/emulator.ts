/**
 * An ONVIF camera as a pure machine: it is given requests and the time, and says what it answers. Sign-in by
 * UsernameToken and by HTTP digest, an account that locks, a clock of its own, pull points with a queue each,
 * renewals, snapshots, and the ways in which real firmware misbehaves. Written from the ONVIF Core specification,
 * OASIS UsernameToken Profile 1.0 and RFC 7616, not from the driver.
 */
import * as write from './emulator-messages.ts';
import {
  EmulatedAccount,
  type EmulatedAnswer,
  type EmulatedCameraOptions,
  type EmulatedRequest,
  type SignIn,
  soapType,
} from './emulator-sign-in.ts';

export type Operation =
  | 'GetSystemDateAndTime'
  | 'GetServices'
  | 'GetCapabilities'
  | 'GetProfiles'
  | 'GetSnapshotUri'
  | 'CreatePullPointSubscription'
  | 'PullMessages'
  | 'Renew'
  | 'Unsubscribe'
  | 'snapshot';

export type Reaction =
  | { readonly kind: 'answer'; readonly answer: EmulatedAnswer }
  /** A fetch that waits: `answerPull` is due when a message is queued, at the latest after `waitMs`. */
  | {
      readonly kind: 'hold';
      readonly waitMs: number;
      readonly subscription: string;
      readonly limit: number;
    };

/** How it differs from a camera that does everything right. */
export interface Misbehaviour {
  timeForm: write.TimeForm;
  /** The end of a subscription is told as the present. */
  tellsEndAsNow: boolean;
  /** Every fetch meets a fault. */
  faultsOnPull: boolean;
  /** A fetch does not prolong the subscription, only Renew does. */
  needsRenew: boolean;
  hasRenew: boolean;
  /** Unsubscribe ends all subscriptions, those of others too. */
  unsubscribesAll: boolean;
  hasGetServices: boolean;
  /** The second media service is named and answers with faults. */
  hasBrokenMedia2: boolean;
  /** Also the time is told to signed requests only. */
  signsTime: boolean;
  /** Host and port it believes to have. */
  believedHost: string | undefined;
  /** In place of its usual paths of services. */
  eventPath: string | undefined;
  /** Addresses of subscriptions have two parameters, and come with a reference parameter. */
  hasQuery: boolean;
  hasReference: boolean;
  /** Answers a fetch at once, with messages or without. */
  neverWaits: boolean;
}

export interface SeenRequest {
  readonly operation: Operation | undefined;
  readonly atMs: number;
  readonly body: string;
  /** How the sign-in went; `none` where none was needed or given. */
  readonly signIn: SignIn;
}

interface Subscription {
  readonly queue: string[];
  endsAtMs: number;
}

const operations =
  /<(?:\w+:)?(GetSystemDateAndTime|GetServices|GetCapabilities|GetProfiles|GetSnapshotUri|CreatePullPointSubscription|PullMessages|Renew|Unsubscribe)[\s/>]/;

export class EmulatedOnvifCamera {
  readonly misbehaviour: Misbehaviour = {
    timeForm: 'Z',
    tellsEndAsNow: false,
    faultsOnPull: false,
    needsRenew: false,
    hasRenew: true,
    unsubscribesAll: false,
    hasGetServices: true,
    hasBrokenMedia2: false,
    signsTime: false,
    believedHost: undefined,
    eventPath: undefined,
    hasQuery: true,
    hasReference: true,
    neverWaits: false,
  };
  readonly seen: SeenRequest[] = [];
  /** Its clock minus the host's, ms. */
  clockOffsetMs = 0;
  readonly account: EmulatedAccount;
  picture: Uint8Array = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 0xff, 0xd9);
  /** Called when a message was queued. */
  queued: () => void = () => undefined;
  readonly #hasMedia2: boolean;
  readonly #subscriptions = new Map<string, Subscription>();
  #made = 0;

  constructor(options: EmulatedCameraOptions) {
    this.#hasMedia2 = options.hasMedia2 ?? false;
    this.account = new EmulatedAccount(options, (nowMs) => this.now(nowMs));
  }

  get subscriptions(): number {
    return this.#subscriptions.size;
  }

  /** Camera's clock. */
  now(nowMs: number): number {
    return nowMs + this.clockOffsetMs;
  }

  queue(message: string): void {
    for (const { queue } of this.#subscriptions.values()) queue.push(message);
    this.queued();
  }

  loseSubscriptions(): void {
    this.#subscriptions.clear();
    this.queued();
  }

  reboot(): void {
    this.loseSubscriptions();
    this.account.reset();
  }

  count(operation: Operation): number {
    return this.seen.filter((request) => request.operation === operation).length;
  }

  /** `base` is the camera's own address as a client reached it. */
  handle(request: EmulatedRequest, base: string, nowMs: number): Reaction {
    const operation =
      request.method === 'GET' ? 'snapshot' : (operations.exec(request.body)?.[1] as Operation);
    const isOpen = operation === 'GetSystemDateAndTime' && !this.misbehaviour.signsTime;
    const signIn = isOpen ? 'none' : this.account.signIn(request, nowMs);
    this.seen.push({ operation, atMs: nowMs, body: request.body, signIn });
    for (const [id, { endsAtMs }] of this.#subscriptions) {
      if (endsAtMs < nowMs) this.#subscriptions.delete(id);
    }
    if (!isOpen && signIn !== 'accepted') return answered(this.account.refusal(request));
    if (operation === undefined) return soap(400, write.fault('Sender', 'InvalidArgVal', 'what?'));
    const host = this.misbehaviour.believedHost;
    return this.#act(operation, request, { base: host ? `http://${host}` : base, nowMs });
  }

  #act(
    operation: Operation,
    { path, body }: EmulatedRequest,
    { base, nowMs }: { readonly base: string; readonly nowMs: number },
  ): Reaction {
    const { hasGetServices, hasBrokenMedia2, eventPath } = this.misbehaviour;
    const isMedia2 = path.endsWith('media2');
    switch (operation) {
      case 'GetSystemDateAndTime':
        return soap(200, write.dateAndTime(this.now(nowMs)));
      case 'GetServices': {
        if (!hasGetServices) return unsupported;
        const text = write.services(base, this.#hasMedia2);
        return soap(200, text.replace('/onvif/events', eventPath ?? '/onvif/events'));
      }
      case 'GetCapabilities':
        return soap(200, write.capabilities(base));
      case 'GetProfiles':
        return isMedia2 && hasBrokenMedia2 ? unsupported : soap(200, write.profiles(isMedia2));
      case 'GetSnapshotUri':
        if (!/ProfileToken>007&(?:amp|#38);1</.test(body)) {
          return soap(400, write.fault('Sender', 'InvalidArgVal', 'no such profile'));
        }
        return soap(200, write.snapshotUri(`${base}/onvif/snapshot.jpg?ch=1`, isMedia2));
      case 'CreatePullPointSubscription':
        return this.#create(body, base, nowMs);
      case 'snapshot':
        return answered({ status: 200, contentType: 'image/jpeg', body: this.picture });
      default:
        return this.#subscribed(operation, path, body, nowMs);
    }
  }

  #create(body: string, base: string, nowMs: number): Reaction {
    this.#made += 1;
    const id = `sub${this.#made}`;
    const endsAtMs = nowMs + durationMs(body, 'InitialTerminationTime', 60_000);
    this.#subscriptions.set(id, { queue: [], endsAtMs });
    const { hasQuery, hasReference } = this.misbehaviour;
    const address = `${base}/onvif/${id}${hasQuery ? '?ch=1&amp;mode=pull' : ''}`;
    const parameter = hasReference ? id : undefined;
    return soap(200, write.created(address, parameter, this.#times(endsAtMs, nowMs)));
  }

  #subscribed(operation: Operation, path: string, body: string, nowMs: number): Reaction {
    const { hasQuery, hasReference } = this.misbehaviour;
    const [, id = '', query = ''] = /\/(sub\d+)(.*)$/.exec(path) ?? [];
    const subscription = this.#subscriptions.get(id);
    const isEchoed = new RegExp(`<[^>]*:Ticket [^>]*IsReferenceParameter[^>]*>${id}<`).test(body);
    const isRight = query === (hasQuery ? '?ch=1&mode=pull' : '') && (isEchoed || !hasReference);
    if (!subscription || !isRight) {
      return soap(400, write.fault('Sender', 'InvalidArgVal', 'the subscription is not known'));
    }
    if (operation === 'Unsubscribe') {
      if (this.misbehaviour.unsubscribesAll) this.#subscriptions.clear();
      else this.#subscriptions.delete(id);
      return soap(200, write.unsubscribed);
    }
    if (operation === 'Renew') {
      if (!this.misbehaviour.hasRenew) return unsupported;
      subscription.endsAtMs = nowMs + durationMs(body, 'TerminationTime', 60_000);
      return soap(200, write.renewed(this.#times(subscription.endsAtMs, nowMs)));
    }
    return this.#pull(id, subscription, body, nowMs);
  }

  #pull(id: string, subscription: Subscription, body: string, nowMs: number): Reaction {
    const { faultsOnPull, needsRenew, neverWaits } = this.misbehaviour;
    if (faultsOnPull) return soap(500, write.fault('Receiver', 'ActionNotSupported', 'no pulling'));
    const waitMs = durationMs(body, 'Timeout', 60_000);
    const limit = Number(/<(?:\w+:)?MessageLimit>(\d+)</.exec(body)?.[1] ?? '1');
    if (!needsRenew)
      subscription.endsAtMs = Math.max(subscription.endsAtMs, nowMs + waitMs + 60_000);
    if (subscription.queue.length > 0 || neverWaits) {
      return answered(this.answerPull(id, limit, nowMs));
    }
    return { kind: 'hold', waitMs, subscription: id, limit };
  }

  hasMessages(subscription: string): boolean {
    const known = this.#subscriptions.get(subscription);
    return known === undefined || known.queue.length > 0;
  }

  answerPull(id: string, limit: number, nowMs: number): EmulatedAnswer {
    const subscription = this.#subscriptions.get(id);
    if (!subscription) {
      const body = write.fault('Sender', 'InvalidArgVal', 'the subscription is not known');
      return { status: 400, contentType: soapType, body };
    }
    const messages = subscription.queue.splice(0, limit);
    const body = write.pulled(messages, this.#times(subscription.endsAtMs, nowMs));
    return { status: 200, contentType: soapType, body };
  }

  #times(endsAtMs: number, nowMs: number): write.Times {
    const { timeForm, tellsEndAsNow } = this.misbehaviour;
    const endMs = this.now(tellsEndAsNow ? nowMs : endsAtMs);
    return { nowMs: this.now(nowMs), endMs, form: timeForm };
  }
}

function answered(answer: EmulatedAnswer): Reaction {
  return { kind: 'answer', answer };
}

function soap(status: number, body: string): Reaction {
  return answered({ status, contentType: soapType, body });
}

const unsupported = soap(
  500,
  write.fault('Receiver', 'ActionNotSupported', 'Optional Action Not Implemented'),
);

/** xs:duration as clients write it: whole minutes and seconds. */
function durationMs(body: string, element: string, otherwise: number): number {
  const text = new RegExp(`<(?:\\w+:)?${element}>PT(?:(\\d+)M)?(?:(\\d+)S)?<`).exec(body);
  return text ? (Number(text[1] ?? 0) * 60 + Number(text[2] ?? 0)) * 1_000 : otherwise;
}
