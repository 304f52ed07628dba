/** Short names of the catalogue's checks, Chinese and English; an unlisted check is shown by its id. */
import type { Language } from '../i18n.ts';

const titles: Readonly<Record<string, readonly [zh: string, en: string]>> = {
  'plate-read': ['车牌已识别', 'plate read'],
  'identity-two-witnesses': ['身份有两个来源', 'two witnesses'],
  'plate-in-registered-set': ['车牌与备案一致', 'plate as registered'],
  'plate-consistent-front-rear': ['前后车牌一致', 'plates consistent'],
  'vehicle-registered': ['车辆已备案', 'vehicle registered'],
  'vehicle-valid': ['车辆备案有效', 'registration valid'],
  'vehicle-not-blocked': ['车辆未停用', 'vehicle not blocked'],
  'vehicle-not-held': ['车辆未被布控', 'vehicle not held'],
  'tag-not-suspect': ['电子车牌无疑点', 'tag not suspect'],
  'tag-on-one-vehicle': ['电子车牌唯一', 'tag on one vehicle'],
  'trailer-registered': ['挂车已备案', 'trailer registered'],
  'driver-registered': ['司机已备案', 'driver registered'],
  'rapid-return': ['非短时折返', 'no rapid return'],
  'container-number-valid': ['箱号有效', 'container number valid'],
  'containers-complete': ['箱与计划相符', 'containers as planned'],
  'emptiness-proven': ['空车空箱已证实', 'emptiness proven'],
  'transaction-planned': ['有作业计划', 'work planned'],
  'binding-present': ['车货已绑定', 'binding present'],
  'consignments-known': ['单证已知', 'consignments known'],
  'every-box-covered': ['每箱均有放行信息', 'every box covered'],
  'proofs-current': ['放行信息有效', 'proofs current'],
  'not-held': ['箱货未被布控', 'cargo not held'],
  'not-revoked': ['放行未被撤销', 'not revoked'],
  'hold-sources-current': ['布控来源最新', 'hold sources current'],
  'not-already-used': ['放行未曾使用', 'not already used'],
  'quantity-remaining': ['余量充足', 'quantity remaining'],
  'weight-stable': ['重量稳定', 'weight stable'],
  'weight-truck': ['整车重量相符', 'truck weight fits'],
  'seal-matches': ['封志相符', 'seal matches'],
  'visit-open': ['有进场记录', 'entry recorded'],
  'prior-visit-closed': ['上次进场已结', 'prior visit closed'],
  'feed-current': ['信息来源最新', 'feed current'],
  'clock-trusted': ['时钟可信', 'clock trusted'],
  'evidence-complete': ['采集完整', 'evidence complete'],
  'lane-configured': ['通道已配置', 'lane configured'],
  'policy-rule': ['策略有适用规则', 'policy has a rule'],
};

export function checkTitle(id: string, language: Language): string {
  const title = titles[id];
  if (!title) return id;
  return language === 'zh' ? title[0] : title[1];
}
