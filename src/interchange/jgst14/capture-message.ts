/**
 * Message 0x21, `GATHER_INFO`: what was captured of a vehicle (JGS/T 14-2015, Annex A). All tags are there; what is not
 * known is empty. The cards of drivers are read by reference alone, so what would come off such a card is empty too.
 */
import type { PlatformCapture, PlatformQuestion } from '../../core/customs-platform/exchange.ts';
import { escapeXml } from '../../driver-kit/xml.ts';

/** Seals that the message has room for. */
const sealsMax = 6;

type Content = string | number | undefined | readonly Tag[];
type Tag = readonly [name: string, content: Content];

export function captureMessage(question: PlatformQuestion, seqNo: string): string {
  const { premises, lane, direction, capture } = question;
  const attributes = [
    ['AREA_ID', premises],
    ['CHNL_NO', lane],
    ['I_E_TYPE', direction === 'in' ? 'I' : 'E'],
    ['SEQ_NO', seqNo],
  ]
    .map(([name, value]) => ` ${name}="${cleaned(value ?? '')}"`)
    .join('');
  const body = written([
    ['IC', icTags(capture)],
    ['WEIGHT', [['GROSS_WT', kilograms(capture.grossWeightKg)]]],
    ['CAR', carTags(capture)],
    ['CONTA', containerTags(capture)],
    [
      'SEAL',
      [
        ['ESEAL_ID', undefined],
        ['ESEAL_PUBLIC_KEY', undefined],
      ],
    ],
  ]);
  return `<?xml version="1.0"?><GATHER_INFO${attributes}>${body}</GATHER_INFO>`;
}

function icTags({
  trade,
  load,
  driverId,
  carrierId,
  seals,
  consignments,
}: PlatformCapture): readonly Tag[] {
  return [
    ['G_TYPE', trade],
    ['TRAF_TYPE', load],
    [
      'DRIVER_IC',
      [
        ['DR_IC_NO', undefined],
        ['IC_DR_CUSTOMS_NO', driverId],
        ['IC_CO_CUSTOMS_NO', carrierId],
        ['IC_BILL_NO', undefined],
        ['IC_GROSS_WT', undefined],
        ['IC_VE_CUSTOMS_NO', undefined],
        ['IC_VE_NAME', undefined],
        // The standard's word for what was not recognised.
        ['IC_CONTA_ID', 'NULL'],
        ['IC_ESEAL_ID', undefined],
      ],
    ],
    [
      'CARGO_IC',
      [
        ['PACK_NUM_TOTAL', sum(consignments.map(({ packages }) => packages))],
        ['PACK_WT_TOTAL', sum(consignments.map(({ grossWeightKg }) => grossWeightKg))],
        ['SEAL_ID', seals.slice(0, sealsMax).join('|')],
        ...consignments.map(
          ({ formId, billId, packages, grossWeightKg }): Tag => [
            'CARGO_IC_LIST',
            [
              ['TRAF_NAME', undefined],
              ['VOYAGE_NO', undefined],
              ['FORM_ID', formId],
              ['BILL_NO', billId],
              ['PACK_NO', packages],
              ['G_WT', kilograms(grossWeightKg)],
              ['FINISH_FLAG', undefined],
            ],
          ],
        ),
      ],
    ],
  ];
}

function carTags({
  plate,
  tags: [first, second],
  vehicleCustomsNumber,
  vehicleTareKg,
}: PlatformCapture): readonly Tag[] {
  return [
    ['VE_NAME', plate],
    ['CAR_EC_NO', first],
    ['CAR_EC_NO2', second],
    ['VE_CUSTOMS_NO', vehicleCustomsNumber],
    ['VE_WT', kilograms(vehicleTareKg)],
  ];
}

function containerTags({
  containerCount,
  isContainerReadingAbnormal,
  frontContainer,
  rearContainer,
}: PlatformCapture): readonly Tag[] {
  return [
    ['CONTA_NUM', containerCount],
    ['CONTA_RECO', isContainerReadingAbnormal ? 1 : 0],
    ['CONTA_ID_F', frontContainer],
    ['CONTA_ID_B', rearContainer],
  ];
}

/** Unknown as soon as one part is: a sum of the rest would be told as the whole. */
function sum(parts: readonly (number | undefined)[]): number | undefined {
  if (parts.length === 0) return undefined;
  return parts.reduce<number | undefined>(
    (total, part) => (total === undefined || part === undefined ? undefined : total + part),
    0,
  );
}

const kilograms = (weightKg: number | undefined) =>
  weightKg === undefined ? undefined : Math.round(weightKg);

function written(tags: readonly Tag[]): string {
  return tags
    .map(([name, content]) => {
      const text = typeof content === 'object' ? written(content) : cleaned(String(content ?? ''));
      return `<${name}>${text}</${name}>`;
    })
    .join('');
}

/** Characters that no XML may have come from a camera at times. */
function cleaned(text: string): string {
  return escapeXml(text.replace(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, ''));
}
