/** Ages at which what is still open on the premises is looked at, and their form in the configuration. */
import { type Static, Type } from '@sinclair/typebox';
import type { YardLimits } from '../core/yard/yard-change.ts';
import { closed } from './schema-parts.ts';

const hour = 3_600_000;
const minute = 60_000;

const Hours = (maximum: number, value: number, description: string) =>
  Type.Integer({ minimum: 1, maximum, default: value, description: `${description}, hours` });

export const YardSettings = Type.Object(
  {
    visitHours: Hours(720, 24, 'A tractor is inside for longer than this'),
    trailerHours: Hours(8_760, 72, "A trailer's stay is longer than this"),
    boxHours: Hours(8_760, 720, 'A box is on the premises for longer than this'),
    tripHours: Hours(720, 24, 'A trip under customs transfer is under way for longer than this'),
    registrationMinutes: Type.Integer({
      minimum: 1,
      maximum: 10_080,
      default: 120,
      description: 'A registration is without an answer for longer than this, minutes',
    }),
    registerEntries: Type.Boolean({
      default: false,
      description: 'Customs is told of entries too, and answers them (进场登记)',
    }),
    crossingMinutes: Type.Integer({
      minimum: 1,
      maximum: 10_080,
      default: 60,
      description: 'A crossing belongs to no visit for longer than this, minutes',
    }),
    expectedHours: Hours(720, 48, 'A truck that is bound has not come for longer than this'),
    leaveHours: Hours(72, 4, 'From being bound for the exit to the exit line, at most'),
    checkHours: Hours(168, 8, 'A person has so long to look for something in the yard'),
    lookAgainHours: Hours(720, 24, 'Between two looks at the evidence of what stays open'),
  },
  {
    ...closed,
    default: {},
    description: 'Ages at which what is still open on the premises is a case',
  },
);

export function yardLimitsOf(settings: Static<typeof YardSettings>): YardLimits {
  return {
    visitMs: settings.visitHours * hour,
    trailerMs: settings.trailerHours * hour,
    boxMs: settings.boxHours * hour,
    tripMs: settings.tripHours * hour,
    registersEntries: settings.registerEntries,
    registrationMs: settings.registrationMinutes * minute,
    crossingMs: settings.crossingMinutes * minute,
    expectedMs: settings.expectedHours * hour,
    leaveMs: settings.leaveHours * hour,
    checkMs: settings.checkHours * hour,
    lookAgainMs: settings.lookAgainHours * hour,
  };
}
