import { entitled } from '../../facts.ts';
import { type Check, fail, notApplicable, pass } from '../check.ts';
import { timeText } from '../time-text.ts';

/** The truck comes within an appointment. Asked where a source speaks of appointments. */
export const appointmentWindow: Check = {
  id: 'appointment-window',
  on: 'moment',
  reasons: {
    'appointment-none': {
      zh: '车辆 {plate} 没有预约',
      en: 'vehicle {plate} has no appointment',
    },
    'appointment-missed': {
      zh: '车辆 {plate} 的预约时间为 {from} 至 {until}',
      en: "vehicle {plate}'s appointment is from {from} to {until}",
    },
  },
  applies({ facts }) {
    return entitled(facts, 'appointment');
  },
  evaluate({ direction, binding, facts, identification, nowWallMs }) {
    const plate = identification.tractor?.text;
    if (plate === undefined || !entitled(facts, 'appointment')) return notApplicable;
    const own = binding.appointments.filter((each) => each.direction === direction);
    const [first] = own;
    if (!first) return direction === 'in' ? fail('appointment-none', { plate }) : notApplicable;
    if (own.some(({ fromMs, untilMs }) => fromMs <= nowWallMs && nowWallMs <= untilMs)) return pass;
    const [from, until] = [timeText(first.fromMs), timeText(first.untilMs)];
    return fail('appointment-missed', { plate, from, until });
  },
};
