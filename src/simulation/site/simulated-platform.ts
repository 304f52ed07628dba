/**
 * The customs gate platform of a simulated site. It knows questions by their numbers and answers after a while; with its
 * fault it is silent or late, answers twice, or sends a release for another vehicle, another lane or the other direction.
 */
import type { PlatformAnswer, PlatformQuestion } from '../../core/customs-platform/exchange.ts';
import type { GatePlatform, PlatformHeard } from '../../ports/gate-platform.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { Faults } from './faults.ts';
import type { BootClock, SimulatedTime } from './simulated-time.ts';

export interface PlatformParts {
  readonly time: SimulatedTime;
  readonly faults: Faults;
  readonly random: SeededRandom;
  readonly note: (text: string) => void;
  /** A release has been sent to its own question. */
  readonly released: (seqNo: string) => void;
}

type Question = PlatformQuestion & { readonly seqNo: string };

const release = '0'.repeat(20);
const others = [
  '00z00000000000000000',
  '00w00000000000000000',
  'q000q000000000000000',
  'V0000000000000000000',
  'X0000000000000000000',
  '0'.repeat(19),
] as const;

export class SimulatedPlatform {
  readonly #o: PlatformParts;
  /** Over all runs of the daemon, newest last. */
  readonly #questions: Question[] = [];

  constructor(parts: PlatformParts) {
    this.#o = parts;
  }

  /** As one run of the daemon has it. */
  port(boot: BootClock): GatePlatform {
    let hear: (heard: PlatformHeard) => void = () => undefined;
    const send = (heard: PlatformHeard) => {
      if (!boot.isHalted) hear(heard);
    };
    return {
      ask: (question) => {
        const seqNo = `s${this.#questions.length + 1}`;
        const numbered = { ...question, seqNo };
        this.#questions.push(numbered);
        this.#o.note(`platform asked ${seqNo}`);
        this.#answer(numbered, send);
        return { kind: 'asked', seqNo };
      },
      start: (given) => {
        hear = given;
      },
      stop: () => Promise.resolve(),
    };
  }

  #answer(question: Question, send: (heard: PlatformHeard) => void): void {
    const { faults, random } = this.#o;
    const quickMs = 50 + random.integer(400);
    if (!faults.has('platform')) return this.#send(question, { inMs: quickMs, send });
    if (random.next() < 0.7) this.#strange(question, send);
    const trouble = random.integer(8);
    if (trouble === 0 || trouble === 4) return;
    const { lane, seqNo } = question;
    if (trouble === 1) {
      const failed = { kind: 'failed', lane, seqNo, code: 'platform-hung-up' } as const;
      this.#o.time.after(quickMs, () => send(failed));
      return;
    }
    const inMs = trouble === 2 ? 1_500 + random.integer(6_000) : quickMs;
    const word = random.next() < 0.25 ? random.pick(others) : release;
    this.#send(question, { inMs, send, change: { word } });
    if (trouble === 3) this.#send(question, { inMs: inMs + random.integer(2_000), send });
  }

  /** A release that is not for the vehicle that is asked about. */
  #strange(question: Question, send: (heard: PlatformHeard) => void): void {
    const { random } = this.#o;
    const older = this.#questions[random.integer(this.#questions.length)] ?? question;
    const { direction } = question;
    const change = random.pick<Partial<PlatformAnswer>>([
      { seqNo: older === question ? 'of-nobody' : older.seqNo },
      { seqNo: 'of-nobody' },
      { lane: '0000000099' },
      { premises: '5205000099' },
      { direction: direction === 'in' ? 'out' : 'in' },
    ]);
    this.#send(question, { inMs: 10 + random.integer(200), send, change });
  }

  #send(
    { seqNo, premises, lane, direction }: Question,
    sent: {
      readonly inMs: number;
      readonly send: (heard: PlatformHeard) => void;
      readonly change?: Partial<PlatformAnswer>;
    },
  ): void {
    const { time, note, released } = this.#o;
    const own = { seqNo, premises, lane, direction, word: release };
    const answer = { ...own, ...sent.change };
    time.after(sent.inMs, () => {
      note(`platform answers ${answer.seqNo} ${answer.lane} ${answer.direction} ${answer.word}`);
      const about = this.#questions.find((each) => each.seqNo === answer.seqNo);
      const isAddressed =
        about?.premises === answer.premises &&
        about.lane === answer.lane &&
        about.direction === answer.direction;
      if (isAddressed && answer.word === release) released(answer.seqNo);
      sent.send({ kind: 'answered', answer });
    });
  }
}
