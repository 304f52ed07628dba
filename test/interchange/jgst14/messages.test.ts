import fc from 'fast-check';
import t from 'tap';
import type { PlatformQuestion } from '../../../src/core/customs-platform/exchange.ts';
import { readXml, type XmlElement } from '../../../src/driver-kit/xml.ts';
import { captureMessage } from '../../../src/interchange/jgst14/capture-message.ts';
import type { Frame } from '../../../src/interchange/jgst14/frame.ts';
import { readVerdict } from '../../../src/interchange/jgst14/verdict-message.ts';

const seqNo = '20261201154400000017';
const question: PlatformQuestion = {
  passageId: 'p-1' as never,
  premises: '5205000001',
  lane: '0000000012',
  direction: 'out',
  capture: {
    plate: '粤B12345',
    tags: ['E1', 'E2'],
    vehicleCustomsNumber: 'V<1>',
    vehicleTareKg: 8_000.4,
    driverId: 'D7',
    carrierId: 'C3',
    trade: '3',
    load: '1',
    frontContainer: 'CSQU3054383',
    containerCount: 1,
    isContainerReadingAbnormal: false,
    grossWeightKg: 31_240,
    seals: ['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7'],
    consignments: [
      { formId: 'F1', billId: 'B1', packages: 10, grossWeightKg: 1_000 },
      { formId: 'F2', packages: 5 },
    ],
  },
};

function rootOf(xml: string): XmlElement {
  const reading = readXml(xml, {
    lengthMax: 65_536,
    depthMax: 9,
    nodesMax: 900,
    attributesMax: 9,
  });
  if (reading.kind === 'refused') throw new Error(reading.reason);
  return reading.root;
}

/** Texts by their way down, `A/B`; of repeated tags a list. */
function texts(element: XmlElement, way = ''): readonly (readonly [string, string])[] {
  return element.children.flatMap((child) => {
    const place = way === '' ? child.local : `${way}/${child.local}`;
    return child.children.length > 0 ? texts(child, place) : [[place, child.text] as const];
  });
}

const listTags = ['TRAF_NAME', 'VOYAGE_NO', 'FORM_ID', 'BILL_NO', 'PACK_NO', 'G_WT', 'FINISH_FLAG'];

t.test('a capture has every tag of the standard, with what is known in it', async (t) => {
  const root = rootOf(captureMessage(question, seqNo));
  t.equal(root.local, 'GATHER_INFO');
  t.strictSame(
    root.attributes.map(({ local, value }) => [local, value]),
    [
      ['AREA_ID', '5205000001'],
      ['CHNL_NO', '0000000012'],
      ['I_E_TYPE', 'E'],
      ['SEQ_NO', seqNo],
    ],
  );
  const card = 'IC/DRIVER_IC';
  const cargo = 'IC/CARGO_IC';
  const list = `${cargo}/CARGO_IC_LIST`;
  t.strictSame(texts(root), [
    ['IC/G_TYPE', '3'],
    ['IC/TRAF_TYPE', '1'],
    [`${card}/DR_IC_NO`, ''],
    [`${card}/IC_DR_CUSTOMS_NO`, 'D7'],
    [`${card}/IC_CO_CUSTOMS_NO`, 'C3'],
    [`${card}/IC_BILL_NO`, ''],
    [`${card}/IC_GROSS_WT`, ''],
    [`${card}/IC_VE_CUSTOMS_NO`, ''],
    [`${card}/IC_VE_NAME`, ''],
    [`${card}/IC_CONTA_ID`, 'NULL'],
    [`${card}/IC_ESEAL_ID`, ''],
    [`${cargo}/PACK_NUM_TOTAL`, '15'],
    [`${cargo}/PACK_WT_TOTAL`, ''],
    [`${cargo}/SEAL_ID`, 'S1|S2|S3|S4|S5|S6'],
    ...['', '', 'F1', 'B1', '10', '1000', ''].map((text, i) => [`${list}/${listTags[i]}`, text]),
    ...['', '', 'F2', '', '5', '', ''].map((text, i) => [`${list}/${listTags[i]}`, text]),
    ['WEIGHT/GROSS_WT', '31240'],
    ['CAR/VE_NAME', '粤B12345'],
    ['CAR/CAR_EC_NO', 'E1'],
    ['CAR/CAR_EC_NO2', 'E2'],
    ['CAR/VE_CUSTOMS_NO', 'V<1>'],
    ['CAR/VE_WT', '8000'],
    ['CONTA/CONTA_NUM', '1'],
    ['CONTA/CONTA_RECO', '0'],
    ['CONTA/CONTA_ID_F', 'CSQU3054383'],
    ['CONTA/CONTA_ID_B', ''],
    ['SEAL/ESEAL_ID', ''],
    ['SEAL/ESEAL_PUBLIC_KEY', ''],
  ]);
});

t.test('whatever a camera has read, the message is XML', async () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (plate) => {
      const xml = captureMessage({ ...question, capture: { ...question.capture, plate } }, seqNo);
      return rootOf(xml).children.length === 5;
    }),
    { numRuns: 500 },
  );
});

const attributes = `AREA_ID="5205000001" CHNL_NO="0000000012" I_E_TYPE="E" SEQ_NO="${seqNo}"`;
const word = '0'.repeat(20);
const answered = (xml: string, change: Partial<Frame> = {}) =>
  readVerdict({
    code: 0x22,
    premises: '5205000001',
    lane: '0000000012',
    direction: 'E',
    xml,
    images: [],
    ...change,
  });
const command = (body: string, own = attributes) => `<COMMAND_INFO ${own}>${body}</COMMAND_INFO>`;
const result = `<CHECK_RESULT>${word}</CHECK_RESULT>`;

t.test('an answer is read, and what is not known in it is left out', async (t) => {
  t.strictSame(
    answered(
      command(
        `<VIDEO/>${result}<GPS><VE_NAME>x</VE_NAME></GPS><FORM_TYPE>3</FORM_TYPE><FORM_ID>F1</FORM_ID>
         <OP_HINT> 车牌  不符 </OP_HINT><NEW><CHECK_RESULT>1</CHECK_RESULT></NEW>`,
      ),
    ),
    {
      kind: 'message',
      message: {
        premises: '5205000001',
        lane: '0000000012',
        direction: 'out',
        seqNo,
        word,
        hint: '车牌 不符',
        formType: '3',
        formId: 'F1',
      },
    },
  );
});

t.test('what has to be there and is not is named', async (t) => {
  const reason = (xml: string, change: Partial<Frame> = {}) => {
    const reading = answered(xml, change);
    return reading.kind === 'refused' ? reading.reason : '';
  };
  t.match(reason(command('')), /no CHECK_RESULT/);
  t.match(reason(command(`${result}${result}`)), /no CHECK_RESULT/, 'two say two things');
  for (const name of ['AREA_ID', 'CHNL_NO', 'I_E_TYPE', 'SEQ_NO']) {
    const without = attributes.replace(new RegExp(`${name}="[^"]*"`), '');
    t.match(reason(command(result, without)), new RegExp(`no ${name}`));
  }
  t.match(
    reason(command(result), { lane: '0000000013' }),
    /CHNL_NO "0000000012", and "0000000013"/,
  );
  t.match(reason(command(result), { direction: 'I' }), /I_E_TYPE/);
  t.match(reason(command(result), { code: 0x82 }), /code 0x82/);
  t.match(reason('<GATHER_INFO/>'), /root GATHER_INFO/);
  t.match(reason(''), /XML/);
  const bomb = '<!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>';
  t.match(reason(`${bomb}${command(`<OP_HINT>&b;</OP_HINT>${result}`)}`), /document type/);
  t.match(reason(command('<A>'.repeat(40) + '</A>'.repeat(40))), /deeper/);
});

t.test('any text is refused or read, and never throws', async () => {
  const pieces = fc.constantFrom(
    '<',
    '>',
    '/',
    'CHECK_RESULT',
    '&',
    ';',
    ' ',
    word,
    attributes,
    '"',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(pieces).map((all) => all.join('')),
      ),
      (xml) => {
        const { kind } = answered(xml);
        return kind === 'refused' || kind === 'message';
      },
    ),
    { numRuns: 2_000 },
  );
});
