/** Short names of the catalogue's checks, Chinese and English; an unlisted check is shown by its id. */
import type { Language } from './language.ts';

export const checkTitles: Readonly<Record<string, readonly [zh: string, en: string]>> = {
  'plate-read': ['车牌已识别', 'plate read'],
  'identity-two-witnesses': ['身份有两个来源', 'two witnesses'],
  'plate-in-registered-set': ['车牌与备案一致', 'plate as registered'],
  'vehicle-registered': ['车辆已备案', 'vehicle registered'],
  'vehicle-valid': ['车辆备案有效', 'registration valid'],
  'vehicle-not-held': ['车辆未被布控', 'vehicle not held'],
  'container-number-valid': ['箱号有效', 'container number valid'],
  'containers-complete': ['箱与计划相符', 'containers as planned'],
  'emptiness-proven': ['空车空箱有据', 'emptiness proven'],
  'transaction-planned': ['有作业计划', 'work planned'],
  'every-box-covered': ['每箱均有放行信息', 'every box covered'],
  'proofs-current': ['放行信息有效', 'proofs current'],
  'not-held': ['箱货未被布控', 'cargo not held'],
  'not-revoked': ['放行未被撤销', 'not revoked'],
  'hold-sources-current': ['布控来源最新', 'hold sources current'],
  'not-already-used': ['放行未曾使用', 'not already used'],
  'weight-stable': ['重量稳定', 'weight stable'],
  'weight-undisturbed': ['过磅未受干扰', 'weighing undisturbed'],
  'tare-known': ['皮重有效', 'tare known'],
  'legal-gross-limit': ['未超限重', 'within legal gross'],
  'vgm-tolerance': ['与核实总质量相符', 'agrees with VGM'],
  'weight-truck': ['整车重量相符', 'truck weight fits'],
  'tag-not-suspect': ['电子车牌无串读', 'tag of this lane'],
  'tag-on-one-vehicle': ['电子车牌只属一车', 'tag on one vehicle'],
  'trailer-registered': ['挂车已备案', 'trailer registered'],
  'driver-registered': ['司机已备案', 'driver registered'],
  'carrier-transfer-qualified': ['承运企业有转关资质', 'carrier admitted to transfer'],
  'binding-present': ['车货已绑定', 'bound to cargo'],
  'exit-binding-as-planned': ['与出场绑定一致', 'as bound for exit'],
  'consignments-known': ['单证已收到', 'documents received'],
  'box-document-conflict': ['一箱一种单证', 'one kind of document'],
  'obligations-recorded': ['附带义务已登记', 'duties on record'],
  'manifest-tallied': ['已理货', 'tallied'],
  'pre-manifest-accepted': ['预配舱单已核放', 'pre-manifest accepted'],
  'route-time-limit': ['转关在时限内', 'route in time'],
  'terminal-window': ['在码头时间窗内', 'within terminal window'],
  'appointment-window': ['在预约时间内', 'within appointment'],
  'visit-open': ['有进场记录', 'entry recorded'],
  'prior-visit-closed': ['上次进场已结', 'prior visit closed'],
  'clock-trusted': ['时钟可信', 'clock trusted'],
  person: ['人工操作', 'act of a person'],
  'policy-rule': ['策略有适用规则', 'policy has a rule'],
};

export function checkTitle(id: string, language: Language): string {
  const title = checkTitles[id];
  if (!title) return id;
  return language === 'zh' ? title[0] : title[1];
}
