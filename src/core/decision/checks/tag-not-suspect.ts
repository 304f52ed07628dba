import { type Check, notApplicable, pass, unknown } from '../check.ts';

/** No tag that was read may as well belong to the vehicle in the next lane. */
export const tagNotSuspect: Check = {
  id: 'tag-not-suspect',
  on: 'readings',
  reasons: {
    'tag-suspect': {
      zh: '电子车牌 {tag} 同时被其他通道读到，无法判断属于哪一通道',
      en: 'tag {tag} is heard in another lane as well, and nothing tells whose it is',
    },
  },
  evaluate({ identification }) {
    if (identification.tags.length === 0) return notApplicable;
    const [tag] = identification.suspectTags;
    return tag === undefined ? pass : unknown('tag-suspect', { tag });
  },
};
