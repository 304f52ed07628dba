/**
 * Our side of a line: the start dialogue, the polls, and the echo of what we said. Nothing is said while the
 * device is still at work on the last question: many drop or garble the second one.
 */
import type { FrameFault } from '../contract.ts';
import { checkValue, encodedCheck, isWide } from './checksums.ts';
import { addressByte, hexBytes } from './frame-rules.ts';
import { type CheckSchema, checksOf } from './frame-schema.ts';
import { absolute } from './places.ts';
import type { StreamProfile } from './stream.ts';

interface Step {
  readonly send: Uint8Array;
  readonly expect: Uint8Array | undefined;
  readonly replyMs: number;
}

/** What is due now. */
export interface Due {
  readonly send: readonly Uint8Array[];
  readonly faults: readonly FrameFault[];
}

const nothingDue: Due = { send: [], faults: [] };
const never = Number.NEGATIVE_INFINITY;

export class Dialogue {
  readonly #profile: StreamProfile;
  readonly #poll: Uint8Array | undefined;
  readonly #steps: readonly Step[];
  /** Step of the start dialogue that is next, or whose answer is awaited; all of them: it is over. */
  #step = 0;
  #askedMs = never;
  #isAwaiting = false;
  #goodMs = 0;
  #echo = new Uint8Array();
  #echoed = 0;
  #returned = new Uint8Array();

  constructor(profile: StreamProfile, address?: number) {
    this.#profile = profile;
    this.#poll = pollBytes(profile, address);
    this.#steps = (profile.init ?? []).map(({ send, expect, replyMs }) => ({
      send: hexBytes(send),
      expect: expect === undefined ? undefined : hexBytes(expect),
      replyMs,
    }));
  }

  opened(nowMs: number): Due {
    this.#step = 0;
    this.#askedMs = never;
    this.#isAwaiting = false;
    this.#goodMs = nowMs;
    this.#echo = new Uint8Array();
    this.#echoed = 0;
    this.#returned = new Uint8Array();
    return this.due(nowMs);
  }

  due(nowMs: number): Due {
    // A reader that lost its power has forgotten what it was told.
    const isSilent = nowMs - this.#goodMs > this.#profile.flow.staleMs;
    if (this.#steps.length > 0 && this.#step === this.#steps.length && isSilent) {
      this.#step = 0;
      this.#isAwaiting = false;
    }
    const step = this.#steps[this.#step];
    return step ? this.#dueStep(step, nowMs) : this.#duePoll(nowMs);
  }

  #dueStep(step: Step, nowMs: number): Due {
    if (this.#isAwaiting && nowMs - this.#askedMs < step.replyMs) return nothingDue;
    if (!this.#isAwaiting) return { send: [this.#say(step.send, nowMs)], faults: [] };
    this.#isAwaiting = false;
    if (step.expect === undefined) {
      this.#pass(nowMs);
      return this.due(nowMs);
    }
    const detail = `no answer to step ${this.#step + 1} of the start dialogue`;
    this.#step = 0;
    return { ...this.due(nowMs), faults: [{ code: 'dialogue-broken', droppedBytes: 0, detail }] };
  }

  #pass(nowMs: number): void {
    this.#step += 1;
    this.#isAwaiting = false;
    this.#goodMs = nowMs;
    // The first poll is due at once.
    if (this.#step === this.#steps.length) this.#askedMs = never;
  }

  #duePoll(nowMs: number): Due {
    const { poll } = this.#profile;
    if (!poll || !this.#poll) return nothingDue;
    const sinceMs = nowMs - this.#askedMs;
    if (sinceMs < poll.everyMs || (this.#isAwaiting && sinceMs < poll.replyMs)) return nothingDue;
    return { send: [this.#say(this.#poll, nowMs)], faults: [] };
  }

  #say(bytes: Uint8Array, nowMs: number): Uint8Array {
    this.#askedMs = nowMs;
    this.#isAwaiting = true;
    if (this.#profile.poll?.echo !== 'drop') return bytes;
    // What was held of an earlier echo was none.
    this.#returned = joined(this.#returned, this.#echo.subarray(0, this.#echoed));
    this.#echo = Uint8Array.from(bytes);
    this.#echoed = 0;
    return bytes;
  }

  /** A frame has come. `isGood`: it told something but the device's own trouble; `more`: others follow it. */
  answered(frame: Uint8Array, nowMs: number, told: { isGood: boolean; more: boolean }): void {
    if (told.isGood) this.#goodMs = nowMs;
    const step = this.#steps[this.#step];
    if (!step) {
      this.#isAwaiting &&= told.more;
      return;
    }
    const isExpected = step.expect?.every((byte, i) => frame[i] === byte) === true;
    if (this.#isAwaiting && isExpected) this.#pass(nowMs);
  }

  /** The bytes without the echo of what we said last. Bytes that may still become one are held back. */
  withoutEcho(bytes: Uint8Array): Uint8Array {
    const before = this.#returned;
    if (before.length > 0) this.#returned = new Uint8Array();
    let at = 0;
    while (at < bytes.length && this.#echoed < this.#echo.length) {
      if (bytes[at] !== this.#echo[this.#echoed]) {
        const held = this.#echo.subarray(0, this.#echoed);
        this.#echo = new Uint8Array();
        this.#echoed = 0;
        return joined(before, held, bytes.subarray(at));
      }
      at += 1;
      this.#echoed += 1;
    }
    if (this.#echo.length > 0 && this.#echoed === this.#echo.length) {
      this.#echo = new Uint8Array();
      this.#echoed = 0;
    }
    return before.length === 0 ? bytes.subarray(at) : joined(before, bytes.subarray(at));
  }

  /** The line is silent: what was held back is no echo any more. */
  heldBack(): Uint8Array {
    const held = joined(this.#returned, this.#echo.subarray(0, this.#echoed));
    if (this.#echoed > 0) this.#echo = new Uint8Array();
    this.#echoed = 0;
    this.#returned = new Uint8Array();
    return held;
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function pollBytes({ poll, frames }: StreamProfile, address?: number): Uint8Array | undefined {
  if (!poll) return undefined;
  const bytes = hexBytes(poll.send);
  if (address !== undefined && poll.addressAt !== undefined)
    bytes[poll.addressAt] = addressByte(address, poll.addressAs);
  if (poll.check) bytes.set(checkBytes(poll.check, bytes), absolute(poll.check.at, bytes));
  const check = frames[0] && checksOf(frames[0])[0];
  if (!poll.appendCheck || !check) return bytes;
  return joined(
    bytes,
    Uint8Array.from(encodedCheck(check.enc, checkValue(check, bytes), isWide(check))),
  );
}

function checkBytes(check: CheckSchema, bytes: Uint8Array): readonly number[] {
  const end = check.over[1] === 0 ? bytes.length : absolute(check.over[1], bytes);
  const value = checkValue(check, bytes.subarray(absolute(check.over[0], bytes), end));
  return encodedCheck(check.enc, value, isWide(check));
}
