/**
 * Commands of the centre, one after another: verified, judged, put on record, carried out, answered in the journal. A
 * command that was on record when the daemon ended is never carried out again: whether it was, its answer says, or
 * that nobody knows. Refusals are on record too, a limited number a minute: who may publish could fill a disk.
 */
import { canonicalJson } from '../core/decision/canonical-json.ts';
import type { EventDraft } from '../core/journal/events.ts';
import type { LedgerChange } from '../core/ledger-change.ts';
import { objectionTo, type RemoteCommand } from '../core/remote/command.ts';
import type { Clock } from '../ports/clock.ts';
import type { CommandRecords } from '../ports/ledger.ts';
import type { CommandVerifier } from '../ports/remote.ts';
import type { UplinkMessage } from '../ports/uplink.ts';

/** What became of a command; `code` of the fault table where it was not done. */
export interface CommandAnswer {
  readonly result: 'done' | 'refused' | 'undetermined';
  readonly code?: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface RemoteCommandPorts {
  readonly siteId: string;
  readonly gateId: string;
  readonly clock: Clock;
  readonly verifier: CommandVerifier;
  readonly records: CommandRecords;
  /** Reads the claims of a payload whose signature is good. */
  parse(
    payload: string,
  ):
    | { readonly kind: 'command'; readonly command: RemoteCommand }
    | { readonly kind: 'malformed'; readonly reason: string };
  carryOut(command: RemoteCommand): CommandAnswer;
  /** True where it is on record now. */
  record(
    type: EventDraft['type'],
    data: EventDraft['data'],
    more?: Omit<LedgerChange, 'events'>,
  ): boolean;
  readonly log: (
    level: 'info' | 'warn' | 'error',
    message: string,
    detail: Readonly<Record<string, unknown>>,
  ) => void;
}

/** Longest command, bytes. */
export const commandBytesMax = 16_384;
/** Commands that may wait for the one that is being verified. */
const waitingMax = 64;
const refusalsPerMinute = 20;
const minuteMs = 60_000;

export class RemoteCommands {
  readonly #p: RemoteCommandPorts;
  #waiting = 0;
  #turn: Promise<void> = Promise.resolve();
  #minuteSinceMs = Number.NEGATIVE_INFINITY;
  #refusals = 0;
  #unrecorded = 0;

  constructor(ports: RemoteCommandPorts) {
    this.#p = ports;
  }

  /** What was taken before the daemon ended, and not answered, is answered now. */
  start(): void {
    const answer: CommandAnswer = { result: 'undetermined', code: 'remote-interrupted' };
    for (const { number, commandId } of this.#p.records.unanswered()) {
      this.#answer({ number, commandId }, answer);
    }
  }

  /** Resolves when the command has been answered or refused. */
  take({ payload, retained }: UplinkMessage): Promise<void> {
    if (retained) this.#refuse('remote-retained', {});
    else if (payload.byteLength > commandBytesMax)
      this.#refuse('remote-malformed', { detail: `${payload.byteLength} bytes` });
    else if (this.#waiting >= waitingMax) this.#refuse('remote-too-many', {});
    else this.#queue(new TextDecoder().decode(payload));
    return this.#turn;
  }

  #queue(token: string): void {
    this.#waiting += 1;
    this.#turn = this.#turn
      .then(() => this.#handle(token))
      .catch((error: unknown) => {
        this.#p.log('error', 'a command of the centre failed', { error: String(error) });
      })
      .finally(() => {
        this.#waiting -= 1;
      });
  }

  async #handle(token: string): Promise<void> {
    const verified = await this.#p.verifier.verify(token.trim());
    if (verified.kind === 'refused')
      return this.#refuse(verified.code, { detail: verified.detail });
    const { keyId, payload, digest } = verified;
    const parsed = this.#p.parse(payload);
    if (parsed.kind === 'malformed')
      return this.#refuse('remote-malformed', { keyId, detail: parsed.reason });
    const { command } = parsed;
    // The broker delivers at least once: the same command again has its answer in the journal.
    if (this.#p.records.of(command.number)?.digest === digest) return;
    const objection = this.#objectionTo(command);
    if (objection !== undefined) return this.#refuse(objection, { keyId, ...named(command) });
    this.#execute(command, { keyId, digest });
  }

  #objectionTo(command: RemoteCommand): string | undefined {
    const { siteId, gateId, clock, records } = this.#p;
    return objectionTo(command, {
      audience: `kakou/${siteId}/${gateId}`,
      newest: records.newest(),
      wallMs: clock.now().wallMs,
      clockState: clock.state(),
    });
  }

  #execute(
    command: RemoteCommand,
    { keyId, digest }: { readonly keyId: string; readonly digest: string },
  ): void {
    const { number, commandId, action, expiresAtMs } = command;
    const atMs = this.#p.clock.now().wallMs;
    const isOnRecord = this.#p.record(
      'command.taken.v1',
      { ...named(command), keyId, action, expiresAtMs },
      { command: { kind: 'taken', number, commandId, digest, atMs } },
    );
    if (!isOnRecord) return this.#refuse('remote-not-recorded', { keyId, ...named(command) });
    this.#answer(command, this.#outcome(command));
  }

  #outcome(command: RemoteCommand): CommandAnswer {
    try {
      return this.#p.carryOut(command);
    } catch (error) {
      const { commandId } = command;
      this.#p.log('error', 'a command of the centre failed', { commandId, error: String(error) });
      return { result: 'undetermined', code: 'remote-failed' };
    }
  }

  #answer(command: Pick<RemoteCommand, 'number' | 'commandId'>, answer: CommandAnswer): void {
    const { number, commandId } = command;
    const answered = { kind: 'answered' as const, number, answer: canonicalJson(answer) };
    const data = { number, commandId, ...answer };
    if (this.#p.record('command.answered.v1', data, { command: answered })) return;
    this.#p.log('error', 'the answer to a command could not be written', { commandId });
  }

  #refuse(code: string, detail: Readonly<Record<string, unknown>>): void {
    this.#p.log('warn', 'a command was refused', { code, ...detail });
    const nowMs = this.#p.clock.now().monotonicMs;
    if (nowMs - this.#minuteSinceMs >= minuteMs) {
      this.#minuteSinceMs = nowMs;
      this.#refusals = 0;
    }
    if (this.#refusals >= refusalsPerMinute) {
      this.#unrecorded += 1;
      return;
    }
    this.#refusals += 1;
    const before = this.#unrecorded;
    const data = { code, ...detail, ...(before > 0 && { unrecorded: before }) };
    if (this.#p.record('command.refused.v1', data)) this.#unrecorded -= before;
    else this.#unrecorded += 1;
  }
}

function named({ number, commandId, issuer, person }: RemoteCommand) {
  const { name, role } = person;
  return { number, commandId, issuer, person: name, role };
}
