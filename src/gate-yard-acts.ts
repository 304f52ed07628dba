/** Acts upon the yard as they come over the control socket: their form is checked before the gate sees them. */
import { type Static, Type } from '@sinclair/typebox';
import { Ajv } from 'ajv';
import type { ControlAnswer } from './adapters/system/control-socket.ts';
import type { PersonAct } from './core/yard/yard-change.ts';
import type { Gate } from './runtime/gate.ts';

const text = (maxLength = 128) => Type.String({ minLength: 1, maxLength });
const closed = { additionalProperties: false };

const Act = Type.Union([
  Type.Object({ act: Type.Literal('join'), crossing: text(), visit: text() }, closed),
  Type.Object({ act: Type.Literal('recordEntry'), crossing: text(), plate: text(16) }, closed),
  Type.Object({ act: Type.Literal('yardCheck'), item: text(), found: Type.Boolean() }, closed),
  Type.Object({ act: Type.Literal('withdraw'), visit: text(), reason: text() }, closed),
  Type.Object({ act: Type.Literal('dropTrailer'), trailer: text(16) }, closed),
  Type.Object({ act: Type.Literal('hitch'), trailer: text(16), plate: text(16) }, closed),
  Type.Object({ act: Type.Literal('moveBox'), container: text(16), position: text(32) }, closed),
  Type.Object(
    {
      act: Type.Literal('placeHold'),
      subject: Type.Object(
        {
          kind: Type.Union([Type.Literal('container'), Type.Literal('vehicle')]),
          name: text(16),
        },
        closed,
      ),
      instruction: Type.Union([
        Type.Literal('stop'),
        Type.Literal('inspect'),
        Type.Literal('escort'),
      ]),
      reason: text(),
    },
    closed,
  ),
  Type.Object({ act: Type.Literal('liftHold'), hold: text(), reason: text() }, closed),
  Type.Object({ act: Type.Literal('settle'), item: text(), reason: text() }, closed),
]);

const isAct = new Ajv().compile<PersonAct & Static<typeof Act>>(Act);

function isActId(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9-]{7,63}$/.test(value);
}

export function actInYard(
  gate: Pick<Gate, 'actInYard'>,
  asked: { readonly person: string; readonly actId: unknown; readonly wish: unknown },
): ControlAnswer {
  const { person, actId, wish } = asked;
  if (!isActId(actId)) {
    const hint = 'an act id has 8 to 64 letters, digits and hyphens';
    return { ok: false, message: 'the id of the act is missing', hint };
  }
  if (!isAct(wish)) {
    const hint = 'use kakou yard of the same version as the daemon';
    return { ok: false, message: 'this is no act upon the yard', hint };
  }
  const result = gate.actInYard({ person, actId }, wish);
  switch (result.kind) {
    case 'committed':
      return { ok: true, result: 'done' };
    case 'repeated':
      return { ok: true, result: 'done before, and not again' };
    case 'refused':
      return {
        ok: false,
        message: result.reason,
        hint: 'kakou yard open lists what is there; an act id is good for one act in the same words',
      };
    default: {
      const hint = 'see the log: the ledger cannot be written';
      return { ok: false, message: 'the act could not be recorded, so nothing was done', hint };
    }
  }
}
