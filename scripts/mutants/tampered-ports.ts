/** Ports that break a rule, in place of those of the simulation. */
import type { LedgerChange } from '../../src/core/ledger-change.ts';
import type { CommitResult, Ledger } from '../../src/ports/ledger.ts';
import type { ReleaseFacts } from '../../src/ports/release-facts.ts';
import type { ExchangeTransport, OpenExchange } from '../../src/ports/transport.ts';
import type { Publication, Uplink, UplinkConnection } from '../../src/ports/uplink.ts';
import type { Tampering } from '../../src/simulation/site/simulated-gate.ts';
import { closeCoil, openCoil } from '../../src/simulation/site/simulated-lane.ts';

/** An object with some members in another's place. */
function instead<T extends object>(of: T, members: Partial<T>): T {
  return new Proxy(of, {
    get(target, key) {
      const own: unknown = Reflect.get(members, key);
      if (own !== undefined) return own;
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

function commits(
  change: (commit: (change: LedgerChange) => CommitResult, asked: LedgerChange) => CommitResult,
): Tampering {
  return {
    ledger: (ledger) =>
      instead<Ledger>(ledger, { commit: (asked) => change((c) => ledger.commit(c), asked) }),
  };
}

function exchanges(open: (exchange: OpenExchange) => OpenExchange): Tampering {
  return {
    exchange: (transport): ExchangeTransport => ({
      open: async (unit, closed) => open(await transport.open(unit, closed)),
    }),
  };
}

const closeAfterPolls = 20;
const nothingWritten = { kind: 'committed', firstSequence: 1, lastSequence: 1 } as const;

export const ports = {
  commitNothing: () =>
    commits((commit, change) => (change.decision?.opening ? nothingWritten : commit(change))),

  reserveNothing: () => commits((commit, { reserve: _, ...change }) => commit(change)),

  consumeNothing: () =>
    commits((commit, change) => {
      const { settle, ...rest } = change;
      return commit(settle?.as === 'consumed' ? rest : change);
    }),

  closeNoVisit: () =>
    commits((commit, { visits, ...change }) => {
      const opened = visits?.filter(({ kind }) => kind === 'opened');
      return commit({ ...change, ...(opened && { visits: opened }) });
    }),

  openNoCase: () => commits((commit, { exception: _, ...change }) => commit(change)),

  compareNoStamp: () => commits((commit, { basis: _, ...change }) => commit(change)),

  giveUpRecords: () =>
    commits((commit, change) => {
      const result = commit(change);
      return result.kind === 'failed' && !change.decision ? nothingWritten : result;
    }),

  forgetPassages: (): Tampering => ({
    ledger: (ledger) => instead<Ledger>(ledger, { unendedPassages: () => [] }),
  }),

  skipEntries: (): Tampering => ({
    ledger: (ledger) =>
      instead<Ledger>(ledger, {
        entriesAfter: (after, limit) =>
          ledger.entriesAfter(after, limit).filter(({ sequence }) => sequence % 17 !== 0),
      }),
  }),

  rewriteEntries: (): Tampering => ({
    uplink: (uplink) =>
      published(uplink, (publication) => ({
        ...publication,
        payload: publication.payload.replace('"specversion":"1.0",', '"specversion": "1.0",'),
      })),
  }),

  believeBroker: (): Tampering => ({
    uplink: (uplink, ledger): Uplink => ({
      connect: async (options, events) => {
        const connection = await uplink.connect(options, events);
        return instead<UplinkConnection>(connection, {
          publish: (publication, done) =>
            connection.publish(publication, (refused) => {
              done(refused);
              if (!publication.topic.endsWith('/event')) return;
              const { epoch, sequence } = JSON.parse(publication.payload) as Record<string, string>;
              const through = Number(sequence);
              const head = ledger.entriesAfter(through - 1, 1)[0]?.hash;
              events.message({
                topic: publication.topic.replace('/event', '/ack'),
                payload: Buffer.from(JSON.stringify({ epoch, through, head })),
                retained: false,
              });
            }),
        });
      },
    }),
  }),

  seeNoHolds: (): Tampering => ({
    facts: (facts) =>
      instead<ReleaseFacts>(facts, {
        gather: (query) => ({ ...facts.gather(query), holds: [] }),
      }),
  }),

  writeTwice: () =>
    exchanges((exchange) =>
      instead<OpenExchange>(exchange, {
        request: (request, options) => {
          const answer = exchange.request(request, options);
          if (request.function === 5 && request.address === openCoil && request.value > 0)
            exchange.request(request, options).catch(() => undefined);
          return answer;
        },
      }),
    ),

  /** Some polls after each open, while the vehicle is under the arm. */
  closeBehindOpen: () =>
    exchanges((exchange) => {
      let polls = Number.NEGATIVE_INFINITY;
      return instead<OpenExchange>(exchange, {
        request: (request, options) => {
          if (request.function === 5 && request.address === openCoil && request.value > 0)
            polls = 0;
          polls += 1;
          if (polls === closeAfterPolls) {
            const close = { function: 5, address: closeCoil, value: 5 } as const;
            exchange.request(close, { priority: 'command' }).catch(() => undefined);
          }
          return exchange.request(request, options);
        },
      });
    }),

  writeAgainOnConnect: (): Tampering => {
    const last = new Map<string, Parameters<OpenExchange['request']>>();
    return {
      exchange: (transport, deviceId): ExchangeTransport => ({
        open: async (unit, closed) => {
          const exchange = await transport.open(unit, closed);
          const [request] = last.get(deviceId) ?? [];
          if (request) exchange.request(request, { priority: 'command' }).catch(() => undefined);
          return instead<OpenExchange>(exchange, {
            request: (asked, options) => {
              if (asked.function === 5 && asked.address === openCoil && asked.value > 0)
                last.set(deviceId, [asked, options]);
              return exchange.request(asked, options);
            },
          });
        },
      }),
    };
  },
} satisfies Record<string, () => Tampering>;

function published(uplink: Uplink, change: (publication: Publication) => Publication): Uplink {
  return {
    connect: async (options, events) => {
      const connection = await uplink.connect(options, events);
      return instead<UplinkConnection>(connection, {
        publish: (publication, done) => connection.publish(change(publication), done),
      });
    },
  };
}
