/**
 * Message 0x22, `COMMAND_INFO`: the platform's answer to a capture (JGS/T 14-2015, Annex A). Tags that are not known are
 * left out, one that has to be there and is not is named. Whom the answer is for stands twice, in the frame and in the
 * XML: where the two differ it is for nobody.
 */
import type { PlatformAnswer } from '../../core/customs-platform/exchange.ts';
import { attributeOf, childOf, readXml, type XmlElement } from '../../driver-kit/xml.ts';
import { type Frame, messageCodes } from './frame.ts';

export type MessageReading<Message> =
  | { readonly kind: 'message'; readonly message: Message }
  | { readonly kind: 'refused'; readonly reason: string };

/** Far more than any message of the standard has. */
const limits = { lengthMax: 65_536, depthMax: 12, nodesMax: 2_000, attributesMax: 32 };
/** UTF-16 units of a text that is shown or kept. */
const textLengthMax = 200;

export function readVerdict(frame: Frame): MessageReading<PlatformAnswer> {
  const head = readHead(frame, messageCodes.verdict, 'COMMAND_INFO');
  if (head.kind === 'refused') return head;
  const { root, ...address } = head.message;
  const word = textOf(root, 'CHECK_RESULT');
  if (word === undefined) return refused('has no CHECK_RESULT');
  const hint = shortText(root, 'OP_HINT');
  const formType = shortText(root, 'FORM_TYPE');
  const formId = shortText(root, 'FORM_ID');
  return {
    kind: 'message',
    message: {
      ...address,
      word: word.slice(0, textLengthMax),
      ...(hint !== undefined && { hint }),
      ...(formType !== undefined && { formType }),
      ...(formId !== undefined && { formId }),
    },
  };
}

interface MessageHead extends Pick<PlatformAnswer, 'premises' | 'lane' | 'direction' | 'seqNo'> {
  readonly root: XmlElement;
}

function readHead(frame: Frame, code: number, rootName: string): MessageReading<MessageHead> {
  if (frame.code !== code) {
    return refused(`has the code 0x${frame.code.toString(16)}, not 0x${code.toString(16)}`);
  }
  const reading = readXml(frame.xml, limits);
  if (reading.kind === 'refused') return refused(`has XML that ${reading.reason}`);
  const { root } = reading;
  if (root.local !== rootName) return refused(`has the root ${root.local}, not ${rootName}`);
  const named = { AREA_ID: frame.premises, CHNL_NO: frame.lane, I_E_TYPE: frame.direction };
  for (const [name, ofFrame] of Object.entries(named)) {
    const value = attributeOf(root, name)?.trim();
    if (value === undefined || value === '') return refused(`has no ${name}`);
    if (value !== ofFrame) return refused(`has ${name} "${value}", and "${ofFrame}" in its frame`);
  }
  const seqNo = attributeOf(root, 'SEQ_NO')?.trim();
  if (seqNo === undefined || seqNo === '') return refused('has no SEQ_NO');
  const { premises, lane } = frame;
  const direction = frame.direction === 'I' ? ('in' as const) : ('out' as const);
  return {
    kind: 'message',
    message: { premises, lane, direction, seqNo: seqNo.slice(0, textLengthMax), root },
  };
}

function refused(reason: string): { readonly kind: 'refused'; readonly reason: string } {
  return { kind: 'refused', reason };
}

/** Two of one name say two things: neither is taken. */
function textOf(root: XmlElement, name: string): string | undefined {
  const found = root.children.filter(({ local }) => local === name);
  if (found.length > 1) return undefined;
  return childOf(root, ['', name])?.text.trim();
}

function shortText(root: XmlElement, name: string): string | undefined {
  const text = textOf(root, name)?.replace(/\s+/g, ' ').slice(0, textLengthMax);
  return text === '' ? undefined : text;
}
