/** Form of what persons ask for, member by member; what does not have it is refused before anything looks at it. */
import { type Static, Type } from '@sinclair/typebox';
import type { CaseOutcome } from '../../core/persons/record-acts.ts';

const closed = { additionalProperties: false };
const Text = (maxLength: number) => Type.String({ minLength: 1, maxLength });
/** Chosen by who asks, so that asking twice is one act. */
const ActId = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9-]{7,63}$' });
const Word = Type.String({ pattern: '^[a-z][a-zA-Z0-9-]{0,31}$' });
const Reference = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9/._-]{2,63}$' });
const Position = Type.Unsafe<'front' | 'rear' | 'single' | 'unknown'>({
  type: 'string',
  enum: ['front', 'rear', 'single', 'unknown'],
});

const head = {
  actId: ActId,
  /** The decision that was looked at. */
  seen: Type.Union([Text(128), Type.Null()]),
  note: Type.Optional(Text(500)),
};

const lanePart = {
  turnBack: Type.Object({ act: Type.Literal('turnBack'), ...head, reason: Text(200) }, closed),
  correct: Type.Object(
    {
      act: Type.Literal('correct'),
      ...head,
      plate: Type.Optional(Text(16)),
      trailer: Type.Optional(Type.Union([Text(16), Type.Null()])),
      containers: Type.Optional(
        Type.Array(Type.Object({ position: Position, number: Text(16) }, closed), { maxItems: 2 }),
      ),
    },
    closed,
  ),
  confirm: Type.Object({ act: Type.Literal('confirm'), ...head }, closed),
  divert: Type.Object(
    {
      act: Type.Literal('divert'),
      ...head,
      place: Word,
      withinMinutes: Type.Integer({ minimum: 1, maximum: 1_440 }),
    },
    closed,
  ),
  manualRelease: Type.Object(
    {
      act: Type.Literal('manualRelease'),
      ...head,
      reason: Word,
      reference: Type.Optional(Reference),
    },
    closed,
  ),
  repeatOpening: Type.Object({ act: Type.Literal('repeatOpening'), ...head }, closed),
};

export type LaneActRequest = Static<(typeof lanePart)[keyof typeof lanePart]>;

export const LaneActRequest = Type.Unsafe<LaneActRequest>({
  type: 'object',
  required: ['act'],
  discriminator: { propertyName: 'act' },
  oneOf: Object.values(lanePart),
});

export const SignInRequest = Type.Object({ name: Text(32), password: Text(128) }, closed);
export type SignInRequest = Static<typeof SignInRequest>;

export const SetUpRequest = Type.Object(
  { code: Text(40), name: Text(32), password: Text(128) },
  closed,
);
export type SetUpRequest = Static<typeof SetUpRequest>;

export const CloseCaseRequest = Type.Object(
  {
    actId: ActId,
    outcome: Type.Unsafe<CaseOutcome>({
      type: 'string',
      enum: [
        'leftTheLane',
        'crossingVerified',
        'returnVerified',
        'handedToCustoms',
        'deviceRepaired',
        'falseAlarm',
      ],
    }),
    note: Type.Optional(Text(500)),
  },
  closed,
);
export type CloseCaseRequest = Static<typeof CloseCaseRequest>;

export const ReturnRequest = Type.Object(
  { actId: ActId, passageId: Text(64), reason: Text(200), reference: Reference },
  closed,
);
export type ReturnRequest = Static<typeof ReturnRequest>;

export const LanePath = Type.Object({ lane: Text(32), passage: Text(64) });
export type LanePath = Static<typeof LanePath>;
export const IdPath = Type.Object({ id: Text(256) });
export type IdPath = Static<typeof IdPath>;
