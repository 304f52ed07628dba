/** Acts upon the feed as they come over the control socket: checked, on record with person and reason, then done. */
import { type Static, Type } from '@sinclair/typebox';
import { Ajv } from 'ajv';
import type { ControlAnswer } from './adapters/system/control-socket.ts';
import type { FeedAct } from './feed-acts.ts';
import type { FeedKeeper } from './feed-keeper.ts';

const closed = { additionalProperties: false };
const whole = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
const text = (maxLength: number) => Type.String({ minLength: 1, maxLength, pattern: '\\S' });

const Request = Type.Object(
  {
    act: Type.Literal('feed'),
    person: text(64),
    reason: text(500),
    wish: Type.Union([
      Type.Object(
        { act: Type.Literal('acknowledgeGap'), source: text(64), first: whole, last: whole },
        closed,
      ),
      Type.Object({ act: Type.Literal('disposeTaint'), line: whole }, closed),
      Type.Object({ act: Type.Literal('redrive'), line: whole }, closed),
    ]),
  },
  closed,
);

const isRequest = new Ajv().compile<Static<typeof Request> & { readonly wish: FeedAct }>(Request);

export interface FeedActDoors {
  readonly newId: () => string;
  readonly nowMs: () => number;
  /** False where it could not be written. */
  readonly record: (data: Readonly<Record<string, unknown>>) => boolean;
  readonly feed: Pick<FeedKeeper, 'act'>;
}

/** Nothing is done that is not on record first. A wish that is refused afterwards stays on record as that. */
export async function actOnFeedByPerson(
  { newId, nowMs, record, feed }: FeedActDoors,
  request: Readonly<Record<string, unknown>>,
): Promise<ControlAnswer> {
  if (!isRequest(request)) {
    const hint = 'use kakou feed of the same version as the daemon, with a person and a reason';
    return { ok: false, message: 'this is no act upon the feed', hint };
  }
  const note = {
    actId: newId(),
    person: request.person.trim(),
    reason: request.reason.trim(),
    atMs: nowMs(),
  };
  const { act, ...what } = request.wish;
  const { actId, person, reason } = note;
  if (!record({ actId, act, person, reason, ...what })) {
    const hint = 'see the log: the ledger cannot be written';
    return { ok: false, message: 'the act could not be recorded, so nothing was done', hint };
  }
  const answer = await feed.act(request.wish, note);
  if (answer.ok) return answer;
  record({ actId, act, person, refused: answer.message });
  const hint = 'kakou feed status and kakou feed quarantine list show what there is';
  return { ok: false, message: answer.message, hint };
}
