/**
 * What an ONVIF camera writes: answers of its services and notification messages. Written from the ONVIF Core,
 * Media and Analytics specifications and OASIS WS-BaseNotification, not from the driver.
 */

/** Namespaces as most firmware declares them, all at once on the envelope. */
const namespaces = {
  s: 'http://www.w3.org/2003/05/soap-envelope',
  wsa: 'http://www.w3.org/2005/08/addressing',
  wsnt: 'http://docs.oasis-open.org/wsn/b-2',
  tev: 'http://www.onvif.org/ver10/events/wsdl',
  tds: 'http://www.onvif.org/ver10/device/wsdl',
  trt: 'http://www.onvif.org/ver10/media/wsdl',
  tr2: 'http://www.onvif.org/ver20/media/wsdl',
  tt: 'http://www.onvif.org/ver10/schema',
  tns1: 'http://www.onvif.org/ver10/topics',
  tnsaxis: 'http://www.axis.com/2009/event/topics',
  tnshik: 'http://www.hikvision.com/2011/event/topics',
  ter: 'http://www.onvif.org/ver10/error',
} as const;

const declarations = Object.entries(namespaces)
  .map(([prefix, uri]) => ` xmlns:${prefix}="${uri}"`)
  .join('');

function envelope(body: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<s:Envelope${declarations}><s:Header/><s:Body>${body}</s:Body></s:Envelope>`;
}

/** A message as a document of its own. */
export function alone(message: string): string {
  return message.replace('<wsnt:NotificationMessage', `<wsnt:NotificationMessage${declarations}`);
}

export function fault(code: 'Sender' | 'Receiver', subcode: string, reason: string): string {
  return envelope(
    `<s:Fault><s:Code><s:Value>s:${code}</s:Value><s:Subcode><s:Value>ter:${subcode}</s:Value></s:Subcode></s:Code>` +
      `<s:Reason><s:Text xml:lang="en">${reason}</s:Text></s:Reason></s:Fault>`,
  );
}

/** `Z` and `+00:00` are the same moment; firmware writes either. */
export type TimeForm = 'Z' | '+00:00' | 'none';

function timeText(ms: number, form: TimeForm): string {
  const text = new Date(ms).toISOString().slice(0, 19);
  return form === 'none' ? text : `${text}${form}`;
}

export function dateAndTime(ms: number): string {
  const time = new Date(ms);
  const field = (name: string, value: number) => `<tt:${name}>${value}</tt:${name}>`;
  return envelope(
    '<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>Manual</tt:DateTimeType>' +
      '<tt:DaylightSavings>false</tt:DaylightSavings><tt:UTCDateTime>' +
      `<tt:Time>${field('Hour', time.getUTCHours())}${field('Minute', time.getUTCMinutes())}${field('Second', time.getUTCSeconds())}</tt:Time>` +
      `<tt:Date>${field('Year', time.getUTCFullYear())}${field('Month', time.getUTCMonth() + 1)}${field('Day', time.getUTCDate())}</tt:Date>` +
      '</tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>',
  );
}

export function services(base: string, hasMedia2: boolean): string {
  const named = [
    [namespaces.tds, 'device_service'],
    [namespaces.tev, 'events'],
    [namespaces.trt, 'media'],
    ...(hasMedia2 ? [[namespaces.tr2, 'media2']] : []),
  ];
  const list = named.map(
    ([uri, path]) =>
      `<tds:Service><tds:Namespace>${uri}</tds:Namespace><tds:XAddr>${base}/onvif/${path}</tds:XAddr>` +
      '<tds:Version><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tds:Version></tds:Service>',
  );
  return envelope(`<tds:GetServicesResponse>${list.join('')}</tds:GetServicesResponse>`);
}

export function capabilities(base: string): string {
  const named = (name: string, path: string) =>
    `<tt:${name}><tt:XAddr>${base}/onvif/${path}</tt:XAddr></tt:${name}>`;
  return envelope(
    `<tds:GetCapabilitiesResponse><tds:Capabilities>${named('Device', 'device_service')}` +
      `${named('Events', 'events')}${named('Media', 'media')}</tds:Capabilities></tds:GetCapabilitiesResponse>`,
  );
}

export function profiles(isMedia2: boolean): string {
  const prefix = isMedia2 ? 'tr2' : 'trt';
  // A token is text: not a number, and with whatever characters.
  return envelope(
    `<${prefix}:GetProfilesResponse><${prefix}:Profiles token="007&amp;1" fixed="true">` +
      `<${isMedia2 ? 'tr2' : 'tt'}:Name>main</${isMedia2 ? 'tr2' : 'tt'}:Name></${prefix}:Profiles></${prefix}:GetProfilesResponse>`,
  );
}

export function snapshotUri(uri: string, isMedia2: boolean): string {
  return envelope(
    isMedia2
      ? `<tr2:GetSnapshotUriResponse><tr2:Uri>${uri}</tr2:Uri></tr2:GetSnapshotUriResponse>`
      : `<trt:GetSnapshotUriResponse><trt:MediaUri><tt:Uri>${uri}</tt:Uri><tt:InvalidAfterConnect>false</tt:InvalidAfterConnect>` +
          '<tt:InvalidAfterReboot>false</tt:InvalidAfterReboot><tt:Timeout>PT0S</tt:Timeout></trt:MediaUri></trt:GetSnapshotUriResponse>',
  );
}

export interface Times {
  readonly nowMs: number;
  readonly endMs: number;
  readonly form: TimeForm;
}

/** `parameter` comes back as a header with every request to the subscription. */
export function created(address: string, parameter: string | undefined, times: Times): string {
  const reference =
    parameter === undefined
      ? ''
      : `<wsa:ReferenceParameters><dom:Ticket xmlns:dom="urn:camera">${parameter}</dom:Ticket></wsa:ReferenceParameters>`;
  return envelope(
    `<tev:CreatePullPointSubscriptionResponse><tev:SubscriptionReference><wsa:Address>${address}</wsa:Address>${reference}</tev:SubscriptionReference>` +
      `<wsnt:CurrentTime>${timeText(times.nowMs, times.form)}</wsnt:CurrentTime>` +
      `<wsnt:TerminationTime>${timeText(times.endMs, times.form)}</wsnt:TerminationTime></tev:CreatePullPointSubscriptionResponse>`,
  );
}

export function pulled(messages: readonly string[], times: Times): string {
  return envelope(
    `<tev:PullMessagesResponse><tev:CurrentTime>${timeText(times.nowMs, times.form)}</tev:CurrentTime>` +
      `<tev:TerminationTime>${timeText(times.endMs, times.form)}</tev:TerminationTime>${messages.join('')}</tev:PullMessagesResponse>`,
  );
}

export function renewed(times: Times): string {
  return envelope(
    `<wsnt:RenewResponse><wsnt:TerminationTime>${timeText(times.endMs, times.form)}</wsnt:TerminationTime>` +
      `<wsnt:CurrentTime>${timeText(times.nowMs, times.form)}</wsnt:CurrentTime></wsnt:RenewResponse>`,
  );
}

export const unsubscribed = envelope('<wsnt:UnsubscribeResponse/>');

function notification(topic: string, message: string): string {
  return (
    `<wsnt:NotificationMessage><wsnt:Topic Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">${topic}</wsnt:Topic>` +
    `<wsnt:Message>${message}</wsnt:Message></wsnt:NotificationMessage>`
  );
}

const item = (name: string, value: string | number) =>
  `<tt:SimpleItem Name="${name}" Value="${value}"/>`;

export interface EmulatedPlateEvent {
  /** Camera's clock, ms since 1970. */
  readonly utcMs: number;
  /** Escaped as XML by the caller where needed. */
  readonly plate: string;
  readonly rule?: string;
  readonly objectId?: string;
  /** 0 to 1, on the plate number; left out where absent. */
  readonly likelihood?: number;
  readonly country?: string;
  readonly colour?: string;
  readonly operation?: 'Initialized' | 'Changed' | 'Deleted';
  /** Base64 of a picture of the plate. */
  readonly image?: string;
}

/** The event of rule `tt:LicensePlateRecognition` (ONVIF Analytics, annex on recognition). */
export function profileMPlate(event: EmulatedPlateEvent): string {
  const { utcMs, plate, rule = 'LPR_1', objectId, likelihood, country, colour, operation } = event;
  const info = (name: string, value: string | undefined, certainty?: number) =>
    value === undefined
      ? ''
      : `<tt:${name}${certainty === undefined ? '' : ` Likelihood="${certainty}"`}>${value}</tt:${name}>`;
  return notification(
    'tns1:RuleEngine/Recognition/LicensePlate',
    `<tt:Message UtcTime="${new Date(utcMs).toISOString()}"${operation === undefined ? '' : ` PropertyOperation="${operation}"`}>` +
      `<tt:Source>${item('VideoSource', 'VideoSource_1')}${item('Rule', rule)}</tt:Source><tt:Data>` +
      `${objectId === undefined ? '' : item('ObjectId', objectId)}` +
      '<tt:ElementItem Name="BoundingBox"><tt:Rectangle bottom="-0.4" top="-0.2" right="0.3" left="0.1"/></tt:ElementItem>' +
      `${event.image === undefined ? '' : `<tt:ElementItem Name="Image"><tt:Image>${event.image}</tt:Image></tt:ElementItem>`}` +
      `<tt:ElementItem Name="LicensePlateInfo"><tt:LicensePlateInfo>${info('PlateNumber', plate, likelihood)}` +
      `${info('PlateType', 'Normal')}${info('CountryCode', country)}${info('Color', colour)}</tt:LicensePlateInfo></tt:ElementItem>` +
      '</tt:Data></tt:Message>',
  );
}

/** Something a camera tells all day that is no plate. */
export function motion(utcMs: number, isMotion: boolean): string {
  return notification(
    'tns1:RuleEngine/CellMotionDetector/Motion',
    `<tt:Message UtcTime="${new Date(utcMs).toISOString()}" PropertyOperation="Changed"><tt:Source>${item('Rule', 'Motion')}</tt:Source>` +
      `<tt:Data>${item('IsMotion', String(isMotion))}</tt:Data></tt:Message>`,
  );
}
