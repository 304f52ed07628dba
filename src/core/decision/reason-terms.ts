/**
 * Words for the coded values that fill a reason's text. They go by the place they stand in, because a source of
 * the feed may bear the name of a kind of proof. A value without a word is shown as it is.
 */
import { looseKey } from '../binding/bind.ts';
import { statusText } from '../customs-platform/status-word.ts';
import type { Duty, ProofType } from '../facts.ts';
import { faultTexts } from '../fault-codes.ts';
import type { IdentifiedContainer } from '../identification/identify.ts';
import type { ReasonText } from './check.ts';
import type { WorkType } from './policy.ts';

const proofs: Readonly<Record<ProofType, ReasonText>> = {
  customs_declaration: { zh: '报关单放行', en: 'customs release' },
  transfer: { zh: '转关核准', en: 'transfer approval' },
  manifest: { zh: '舱单放行', en: 'manifest release' },
  quarantine: { zh: '检验检疫放行', en: 'quarantine release' },
  lift_permit: { zh: '允许提离', en: 'lift permit' },
  second_information: { zh: '第二信息', en: 'second information' },
  dangerous_goods_permit: { zh: '危险货物作业许可', en: 'dangerous goods permit' },
  pass_order: { zh: '核放单', en: 'pass order' },
  recognised_manifest: { zh: '互认舱单', en: 'recognised manifest' },
  terminal_release: { zh: '码头放行', en: 'terminal release' },
};

const transactions: Readonly<Record<WorkType, ReasonText>> = {
  importLocal: { zh: '进口本地', en: 'local import' },
  exportLocal: { zh: '出口本地', en: 'local export' },
  importTransfer: { zh: '进口转关', en: 'import transfer' },
  exportTransfer: { zh: '出口转关', en: 'export transfer' },
  emptyContainer: { zh: '空箱', en: 'empty container' },
  bobtail: { zh: '空车头', en: 'bobtail' },
  bonded: { zh: '保税货物', en: 'bonded goods' },
  distribution: { zh: '分拨', en: 'distribution' },
  bondedEmptyTruck: { zh: '保税区空车', en: 'empty truck of the zone' },
  permit: { zh: '通行证', en: 'permit' },
  unplanned: { zh: '无作业计划', en: 'unplanned' },
};

const positions: Readonly<Record<IdentifiedContainer['position'], ReasonText>> = {
  front: { zh: '前', en: 'front' },
  rear: { zh: '后', en: 'rear' },
  single: { zh: '单', en: 'single' },
  unknown: { zh: '箱位未知的', en: 'unplaced' },
};

const duties: Readonly<Record<Duty, ReasonText>> = {
  inspectAtDestination: { zh: '目的地查验', en: 'inspection at destination' },
  escort: { zh: '押运', en: 'escort' },
  arriveBy: { zh: '限时运抵', en: 'arrival in time' },
};

const parts: Readonly<Record<'vehicle' | 'trailer', ReasonText>> = {
  vehicle: { zh: '牵引车', en: 'tractor' },
  trailer: { zh: '挂车', en: 'trailer' },
};

const comparedParts: Readonly<Record<'boxes' | 'trailer' | 'seals' | 'weight', ReasonText>> = {
  boxes: { zh: '箱', en: 'boxes' },
  trailer: { zh: '挂车', en: 'trailer' },
  seals: { zh: '封志', en: 'seals' },
  weight: { zh: '重量', en: 'weight' },
};

const platformWords: Readonly<Record<'release' | 'held' | 'refused', ReasonText>> = {
  release: { zh: '放行', en: 'release' },
  held: { zh: '布控', en: 'hold' },
  refused: { zh: '不放行', en: 'refusal' },
};

const containerPlaces: Readonly<Record<'front' | 'rear', ReasonText>> = {
  front: { zh: '前箱', en: 'front box' },
  rear: { zh: '后箱', en: 'rear box' },
};

const terms: Readonly<Record<string, Readonly<Record<string, ReasonText>>>> = {
  missing: proofs,
  type: transactions,
  position: positions,
  duty: duties,
  part: parts,
  changed: comparedParts,
  unread: comparedParts,
  platformSays: platformWords,
  inspected: containerPlaces,
};

/** Between alternatives and between items of a list. */
const joints: Readonly<Record<string, ReasonText>> = {
  '|': { zh: '或', en: ' or ' },
  ', ': { zh: '、', en: ', ' },
};

/** Characters of a status word by position: `3w 5q`. */
function statusCauses(value: string, language: keyof ReasonText): string {
  return value
    .split(' ')
    .map((each) => {
      const text = statusText(Number(each.slice(0, -1)), each.slice(-1));
      if (!text) return each;
      return { zh: `${text.zh}（${each}）`, en: `${text.en} (${each})` }[language];
    })
    .join({ zh: '；', en: '; ' }[language]);
}

/** The value at a place of a text, in words of the language. */
export function termAt(place: string, value: string, language: keyof ReasonText): string {
  if (place === 'container' && value.startsWith(looseKey(''))) {
    const document = value.slice(looseKey('').length);
    return { zh: `${document}（散货）`, en: `${document} (loose cargo)` }[language];
  }
  if (place === 'fault') return faultTexts[value]?.[language] ?? value;
  if (place === 'statusCauses') return statusCauses(value, language);
  const words = terms[place];
  if (!words) return value;
  return value.replace(/\w+|\||, /g, (part) => (words[part] ?? joints[part])?.[language] ?? part);
}
