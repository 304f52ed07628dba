/**
 * What the text beside a verdict seems to say. It is for persons and decides nothing; deployed platforms send texts that
 * contradict their own codes, and that is worth a record.
 */
const refusals =
  /[不未无非禁][^，。；,.;]{0,3}(?:放行|通过|通行|抬杆)|不符|不一致|禁止|不予|不得|拒绝|布控|退回|异常|失败|过期|超重|[未无]备案|refus|reject|denied|not (?:be )?(?:released|pass)|mismatch|hold/i;
const releases = /放行|通过|通行|准予|抬杆|release|pass/i;

export type HintSays = 'release' | 'refusal' | 'nothing';

export function hintSays(hint: string): HintSays {
  if (refusals.test(hint)) return 'refusal';
  return releases.test(hint) ? 'release' : 'nothing';
}
