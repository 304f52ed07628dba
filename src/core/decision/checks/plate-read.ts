import { type Check, fail, notApplicable, pass } from '../check.ts';

/** A tractor's plate was read in a form that exists. */
export const plateRead: Check = {
  id: 'plate-read',
  on: 'readings',
  reasons: {
    'plate-not-read': { zh: '未识别到车牌', en: 'no plate was read' },
    'plate-form-unknown': {
      zh: '识别结果“{text}”不是有效车牌号',
      en: 'the text read, "{text}", is no known form of plate',
    },
    'plate-readings-differ': {
      zh: '车牌识别结果互相矛盾：{texts}',
      en: 'plate readings contradict each other: {texts}',
    },
  },
  evaluate({ identification, requirements }) {
    if (!requirements.plate) return notApplicable;
    const conflict = identification.conflicts.find((c) => c.kind === 'plates');
    if (conflict) return fail('plate-readings-differ', { texts: conflict.texts.join(' / ') });
    if (identification.tractor) return pass;
    const text = identification.unreadablePlates[0];
    return text === undefined ? fail('plate-not-read') : fail('plate-form-unknown', { text });
  },
};
