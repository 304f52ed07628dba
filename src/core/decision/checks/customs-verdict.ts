import type { PlatformPart } from '../../customs-platform/exchange.ts';
import { readStatusWord, type StatusCause } from '../../customs-platform/status-word.ts';
import {
  type Check,
  type CheckContext,
  type CheckOutcome,
  fail,
  notApplicable,
  pass,
  unknown,
} from '../check.ts';

/** Ten minutes, ms. */
const answerAgeMsMaxDefault = 600_000;

/**
 * The customs gate platform (海关卡口平台) has released this vehicle, in answer to the question of this very passage. Judged
 * in lanes that are linked to it. Where the local checks decide, its silence and its own troubles are told and not waited
 * for; what it says against a vehicle counts everywhere.
 */
export const customsVerdict: Check = {
  id: 'customs-verdict',
  on: 'moment',
  reasons: {
    'platform-not-asked': {
      zh: '尚未向海关卡口平台申请，结论未知',
      en: 'the customs gate platform has not been asked about this vehicle',
    },
    'platform-not-reached': {
      zh: '未能取得海关卡口平台的结论：{fault}',
      en: 'no verdict could be had from the customs gate platform: {fault}',
    },
    'platform-silent': {
      zh: '海关卡口平台 {seconds} 秒内未应答（{seqNo}）',
      en: 'the customs gate platform did not answer within {seconds} s ({seqNo})',
    },
    'platform-broken': {
      zh: '海关卡口平台技术故障：{statusCauses}',
      en: 'the customs gate platform could not judge: {statusCauses}',
    },
    'platform-waits': {
      zh: '海关卡口平台等待设备反馈，暂不放行',
      en: 'the customs gate platform waits for devices and has not released yet',
    },
    'platform-unreadable': {
      zh: '海关卡口平台的状态字无法识别：{word}（{detail}）',
      en: 'the status word of the customs gate platform makes no sense: {word} ({detail})',
    },
    'platform-answer-old': {
      zh: '海关卡口平台的放行已过 {minutes} 分钟，须重新申请',
      en: 'the customs gate platform released {minutes} minutes ago; it has to be asked anew',
    },
    'platform-refused': {
      zh: '海关卡口平台不放行：{statusCauses}',
      en: 'the customs gate platform does not release: {statusCauses}',
    },
    'platform-held': {
      zh: '海关卡口平台布控：{statusCauses}',
      en: 'there is a hold on the customs gate platform: {statusCauses}',
    },
    'platform-inspection': {
      zh: '海关卡口平台：查验放行（{inspected}）',
      en: 'the customs gate platform releases with inspection ({inspected})',
    },
  },
  evaluate(context) {
    const { platform, policy } = context;
    if (!platform) return notApplicable;
    const outcome = verdictOf(platform, context);
    const isWithoutVerdict = 'code' in outcome && verdictless.has(outcome.code);
    return isWithoutVerdict && policy.platform?.authority === 'local-decides'
      ? notApplicable
      : outcome;
  },
};

/** Nothing was said against the vehicle: where the local checks decide they decide without it. */
const verdictless: ReadonlySet<string> = new Set([
  'platform-not-asked',
  'platform-not-reached',
  'platform-silent',
  'platform-broken',
  'platform-answer-old',
]);

export function verdictOf(
  platform: PlatformPart,
  { policy, direction }: Pick<CheckContext, 'policy' | 'direction'>,
): CheckOutcome {
  switch (platform.kind) {
    case 'notAsked':
      return unknown('platform-not-asked');
    case 'failed':
      return unknown('platform-not-reached', { fault: platform.code });
    case 'silent': {
      const { seqNo, waitedMs } = platform;
      return unknown('platform-silent', { seqNo, seconds: Math.round(waitedMs / 100) / 10 });
    }
    case 'answered':
      return answeredBy(platform, { policy, direction });
  }
}

function answeredBy(
  { word, ageMs }: Extract<PlatformPart, { kind: 'answered' }>,
  { policy, direction }: Pick<CheckContext, 'policy' | 'direction'>,
): CheckOutcome {
  const { answerAgeMsMax = answerAgeMsMaxDefault, inspection } = policy.platform ?? {};
  const read = readStatusWord(word);
  switch (read.kind) {
    case 'release':
      return ageMs > answerAgeMsMax
        ? unknown('platform-answer-old', { minutes: Math.floor(ageMs / 60_000) })
        : pass;
    case 'inspection': {
      const mayGoThere = direction === 'in' && inspection !== undefined;
      const evidence = { inspected: read.boxes.join(', ') };
      const leadsTo = mayGoThere ? ('divert' as const) : ('refer' as const);
      return { outcome: 'fail', code: 'platform-inspection', evidence, leadsTo };
    }
    case 'held': {
      const evidence = { statusCauses: told(read.causes) };
      return { outcome: 'fail', code: 'platform-held', evidence, leadsTo: 'hold' };
    }
    case 'refused':
      return fail('platform-refused', { statusCauses: told(read.causes) });
    case 'waitsForDevices':
      return unknown('platform-waits');
    case 'technicalFailure':
      return unknown('platform-broken', { statusCauses: told([read.cause]) });
    case 'unreadable':
      return unknown('platform-unreadable', { word, detail: read.detail });
  }
}

function told(causes: readonly StatusCause[]): string {
  return causes.map(({ position, character }) => `${position}${character}`).join(' ');
}
