/** LLRP against programs not written here: llrpjs as the reader and as the client, and the dissector of tshark. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { LlrpReader } from '../../devices/rfid-llrp/emulator.ts';
import { manifest } from '../../devices/rfid-llrp/manifest.ts';
import { freePort } from '../../scripts/main-job/programs.ts';
import { tcpStream } from '../../src/adapters/transport/tcp-stream.ts';
import type { FirmwareProfile } from '../../src/driver-kit/profile/schema.ts';
import { clock, deviceOn } from '../support/device-under-test.ts';
import { hostLlrpReader } from '../support/llrp-reader-host.ts';
import { type LlrpJsMessage, type LlrpJsServer, llrpjs } from '../support/llrpjs.ts';
import { missing, pause, until } from '../support/peers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const profile = 'rfid-reader/llrp-impinj-speedway';
const quick = { keepaliveMs: 500 };
const transport = (port: number) =>
  tcpStream({ host: '127.0.0.1', port, connectTimeoutMs: 1_000, clock });

const { LLRPCore, LLRPServer, LLRPClient } = llrpjs;

function built(type: string, data: unknown, id?: number): LlrpJsMessage {
  const Message = LLRPCore[type];
  if (!Message) throw new Error(`llrpjs has no ${type}`);
  return new Message({ data, ...(id !== undefined && { id }) });
}

interface LlrpJsReader {
  readonly server: LlrpJsServer;
  /** What has come in, as llrpjs reads it. */
  readonly heard: { readonly type: string; readonly id: number; readonly data: unknown }[];
  of(type: string): LlrpJsReader['heard'];
  report(tag: Readonly<Record<string, unknown>>): Promise<void>;
}

/** A reader made of llrpjs: greets, answers everything with success, sends what the test tells it to. */
async function llrpJsReader(t: Test, port: number): Promise<LlrpJsReader> {
  const server = new LLRPServer({ host: '127.0.0.1', port });
  const heard: LlrpJsReader['heard'] = [];
  const LLRPStatus = { StatusCode: 'M_Success', ErrorDescription: '' };
  // The client may be gone before its last request is answered.
  const say = (type: string, data: unknown, id?: number) => {
    server.send(built(type, data, id)).catch(() => undefined);
  };
  server.on('error', () => undefined);
  server.on('connection', () => {
    const ReaderEventNotificationData = {
      UTCTimestamp: { Microseconds: new Date(0) },
      ConnectionAttemptEvent: { Status: 'Success' },
    };
    say('READER_EVENT_NOTIFICATION', { ReaderEventNotificationData });
  });
  server.on('message', (message) => {
    const type = message.getName();
    heard.push({ type, id: message.getMessageId(), data: message.toLLRPData().data });
    if (!type.startsWith('KEEPALIVE'))
      say(`${type}_RESPONSE`, { LLRPStatus }, message.getMessageId());
  });
  server.listen();
  t.teardown(() => server.close().catch(() => undefined));
  return {
    server,
    heard,
    of: (type) => heard.filter((each) => each.type === type),
    report: (tag) => server.send(built('RO_ACCESS_REPORT', { TagReportData: tag })),
  };
}

/** ROSpecID of the newest ADD_ROSPEC. */
function roSpecIdOf(reader: LlrpJsReader): number {
  const { data } = reader.of('ADD_ROSPEC').at(-1) ?? {};
  return (data as { ROSpec: { ROSpecID: number } }).ROSpec.ROSpecID;
}

t.test('llrpjs as the reader: it reads what we ask, and we read its tags', async (t) => {
  const port = await freePort();
  const reader = await llrpJsReader(t, port);
  const rfid = await deviceOn(profile, { stream: transport(port) }, { ...quick, antennas: [1, 2] });
  t.teardown(() => rfid.device.stop());
  await rfid.device.start();
  await until(() => rfid.device.heart.standing().state === 'up', 'inventory runs');
  t.strictSame(
    reader.heard.map(({ type }) => type),
    [
      'GET_READER_CAPABILITIES',
      'SET_READER_CONFIG',
      'DELETE_ROSPEC',
      'ADD_ROSPEC',
      'ENABLE_ROSPEC',
    ],
  );
  t.match(reader.of('SET_READER_CONFIG')[0]?.data, {
    ResetToFactoryDefault: 0,
    ReaderEventNotificationSpec: {
      EventNotificationState: [
        { EventType: 'ROSpec_Event', NotificationState: 1 },
        { EventType: 'Reader_Exception_Event', NotificationState: 1 },
        { EventType: 'Antenna_Event', NotificationState: 1 },
      ],
    },
    KeepaliveSpec: { KeepaliveTriggerType: 'Periodic', PeriodicTriggerValue: 500 },
  });
  t.match(reader.of('ADD_ROSPEC')[0]?.data, {
    ROSpec: {
      CurrentState: 'Disabled',
      ROBoundarySpec: { ROSpecStartTrigger: { ROSpecStartTriggerType: 'Immediate' } },
      AISpec: { AntennaIDs: [1, 2], AISpecStopTrigger: { AISpecStopTriggerType: 'Null' } },
      ROReportSpec: { N: 1, TagReportContentSelector: { EnableROSpecID: 1, EnableAntennaID: 1 } },
    },
  });

  const own = { ROSpecID: { ROSpecID: roSpecIdOf(reader) } };
  const place = { AntennaID: { AntennaID: 2 }, PeakRSSI: { PeakRSSI: -63 } };
  const EPC = 'e280116060000205a1b2c3d4';
  await reader.report({ EPC_96: { EPC }, ...own, ...place });
  await reader.report({ EPCData: { EPC: `${EPC}abcdef` }, ...own, ...place });
  await reader.report({ EPC_96: { EPC }, ROSpecID: { ROSpecID: 70_000 }, ...place });
  await until(() => rfid.device.heart.standing().faults['reply-unexpected'] === 1, 'three reports');
  const read = { kind: 'tagRead', antenna: 2, rssiDbm: -63 };
  t.strictSame(rfid.of('tagRead'), [
    { ...read, tag: EPC.toUpperCase() },
    { ...read, tag: `${EPC}abcdef`.toUpperCase() },
  ]);

  await reader.server.send(built('KEEPALIVE', {}, 4_711));
  await until(() => reader.of('KEEPALIVE_ACK').length > 0, 'the acknowledgement');
  t.equal(reader.of('KEEPALIVE_ACK')[0]?.id, 4_711);
});

t.test('llrpjs as the reader falls silent: it is given up, and set up again', async (t) => {
  const port = await freePort();
  const reader = await llrpJsReader(t, port);
  const rfid = await deviceOn(profile, { stream: transport(port) }, quick);
  t.teardown(() => rfid.device.stop());
  await rfid.device.start();
  await until(() => reader.of('ENABLE_ROSPEC').length === 1, 'inventory runs');
  const first = roSpecIdOf(reader);
  await until(() => reader.of('ENABLE_ROSPEC').length === 2, 'and runs again', 20_000);
  t.ok((rfid.device.heart.standing().faults['reader-unanswering'] ?? 0) >= 1);
  t.not(roSpecIdOf(reader), first, 'by another id, so that old reports are told from new ones');
});

t.test('llrpjs as the client of the emulated reader', async (t) => {
  const reader = new LlrpReader({ reportEveryMs: 200 });
  const { port } = await hostLlrpReader(t, reader);
  const client = new LLRPClient({ host: '127.0.0.1', port });
  const heard: LlrpJsMessage[] = [];
  client.on('error', (error) => t.fail(String(error)));
  client.on('message', (message) => heard.push(message));
  t.teardown(() => client.disconnect());
  await client.connect();
  await until(() => heard.length > 0, 'the greeting');
  t.match(heard[0]?.toLLRPData(), {
    type: 'READER_EVENT_NOTIFICATION',
    data: { ReaderEventNotificationData: { ConnectionAttemptEvent: { Status: 'Success' } } },
  });

  const second = new LLRPClient({ host: '127.0.0.1', port });
  const refused: LlrpJsMessage[] = [];
  second.on('error', () => undefined);
  second.on('message', (message) => refused.push(message));
  await second.connect();
  await until(() => refused.length > 0, 'the refusal');
  t.match(refused[0]?.toLLRPData().data, {
    ReaderEventNotificationData: {
      ConnectionAttemptEvent: { Status: 'Failed_A_Client_Initiated_Connection_Already_Exists' },
    },
  });
  await until(() => !second.socketWritable, 'the reader closes the second connection');
  await until(() => heard.length > 1, 'the first client is told of the second');

  const requested = built('GET_READER_CAPABILITIES', {
    RequestedData: 'General_Device_Capabilities',
  });
  t.match((await client.transact(requested)).toLLRPData().data, {
    LLRPStatus: { StatusCode: 'M_Success' },
    GeneralDeviceCapabilities: { MaxNumberOfAntennaSupported: 4, ReaderFirmwareVersion: '1.2.3' },
  });
  reader.faults.add('refusesAdd');
  t.match((await client.transact(roSpec())).toLLRPData().data, {
    LLRPStatus: {
      StatusCode: 'M_FieldError',
      ParameterError: { ParameterType: 224, FieldError: { ErrorCode: 'P_FieldError' } },
    },
  });
  reader.faults.delete('refusesAdd');
  t.match((await client.transact(roSpec())).toLLRPData().data, {
    LLRPStatus: { StatusCode: 'M_Success' },
  });
  reader.field([{ epc: '3005FB63AC1F3841EC880467', antenna: 3, rssiDbm: -50 }]);
  await client.transact(built('ENABLE_ROSPEC', { ROSpecID: 77 }));
  const reports = () => heard.filter((message) => message.getName() === 'RO_ACCESS_REPORT');
  await until(() => reports().length > 0, 'a report');
  t.match(reports()[0]?.toLLRPData().data, {
    TagReportData: {
      EPC_96: { EPC: /^3005fb63ac1f3841ec880467$/i },
      AntennaID: { AntennaID: 3 },
      PeakRSSI: { PeakRSSI: -50 },
    },
  });
});

/** ADD_ROSPEC as llrpjs encodes it. */
function roSpec(): LlrpJsMessage {
  const contentOff = {
    EnableROSpecID: 0,
    EnableSpecIndex: 0,
    EnableInventoryParameterSpecID: 0,
    EnableChannelIndex: 0,
    EnableFirstSeenTimestamp: 0,
    EnableLastSeenTimestamp: 0,
    EnableTagSeenCount: 0,
    EnableAccessSpecID: 0,
  };
  return built('ADD_ROSPEC', {
    ROSpec: {
      ROSpecID: 77,
      Priority: 0,
      CurrentState: 'Disabled',
      ROBoundarySpec: {
        ROSpecStartTrigger: { ROSpecStartTriggerType: 'Immediate' },
        ROSpecStopTrigger: { ROSpecStopTriggerType: 'Null', DurationTriggerValue: 0 },
      },
      AISpec: {
        AntennaIDs: [0],
        AISpecStopTrigger: { AISpecStopTriggerType: 'Null', DurationTrigger: 0 },
        InventoryParameterSpec: {
          InventoryParameterSpecID: 1,
          ProtocolID: 'EPCGlobalClass1Gen2',
        },
      },
      ROReportSpec: {
        ROReportTrigger: 'Upon_N_Tags_Or_End_Of_ROSpec',
        N: 1,
        TagReportContentSelector: { ...contentOff, EnableAntennaID: 1, EnablePeakRSSI: 1 },
      },
    },
  });
}

t.test('a reader over TCP that glues, splits, restarts, or serves somebody else', async (t) => {
  const reader = new LlrpReader({ reportEveryMs: 50 });
  reader.field([{ epc: 'E280116060000205A1B2C3D4' }, { epc: '3005FB63AC1F3841EC880467' }]);
  reader.faults.add('occupied');
  const host = await hostLlrpReader(t, reader);
  const rfid = await deviceOn(profile, { stream: transport(host.port) }, quick);
  t.teardown(() => rfid.device.stop());
  const standing = () => rfid.device.heart.standing();
  await rfid.device.start();
  await until(() => standing().fault === 'reader-occupied', 'occupied');
  t.strictSame(rfid.of('tagRead'), []);
  reader.faults.delete('occupied');
  await until(() => standing().state === 'up', 'up when the other is gone');

  for (const fault of ['coalesced', 'split'] as const) {
    reader.faults.add(fault);
    const before = rfid.of('tagRead').length;
    await until(() => rfid.of('tagRead').length >= before + 20, fault);
    reader.faults.delete(fault);
  }
  t.equal(standing().droppedBytes, 0);

  reader.restart();
  host.cut();
  await until(() => standing().state === 'down', 'the restart is noticed');
  const before = rfid.of('tagRead').length;
  await until(() => rfid.of('tagRead').length > before, 'tags again');
  t.equal(standing().state, 'up');
});

t.test('a reader that forgets its keepalives, or talks no LLRP, is told by name', async (t) => {
  const reader = new LlrpReader();
  const host = await hostLlrpReader(t, reader);
  const rfid = await deviceOn(profile, { stream: transport(host.port) }, quick);
  t.teardown(() => rfid.device.stop());
  const standing = () => rfid.device.heart.standing();
  await rfid.device.start();
  await until(() => standing().state === 'up', 'up');
  reader.faults.add('noKeepalives');
  await until(() => standing().fault === 'reader-unanswering', 'keepalives are missed');
  reader.faults.delete('noKeepalives');
  await until(() => standing().state === 'up', 'up again');
  reader.faults.add('garbage');
  await until(() => standing().fault === 'frame-garbage', 'garbage');
  t.strictSame(rfid.of('tagRead'), []);
  reader.faults.delete('garbage');
  await until(() => standing().state === 'up', 'up once more');
  await rfid.device.stop();
  await until(() => reader.requests.at(-1) === 14, 'we say good-bye');
  await pause(50);
  t.equal(reader.connect(0).isOver, false, 'and the next client is taken at once');
});

const run = (program: string, args: readonly string[]) =>
  spawnSync(program, args, { encoding: 'utf8' });
const reading = ['-d', 'tcp.port==5084,llrp', '-T', 'fields', '-E', 'separator=;', '-r'];

/** What tshark makes of messages, one a packet. */
function dissected(messages: readonly Uint8Array[], fields: readonly string[]): string[][] {
  const folder = temporaryFolder();
  const [dump, capture] = [join(folder, 'dump.txt'), join(folder, 'capture.pcap')];
  const lines = messages.map(
    (bytes) => `000000 ${Buffer.from(bytes).toString('hex').replace(/../g, '$& ')}\n`,
  );
  writeFileSync(dump, lines.join('\n'));
  run('text2pcap', ['-q', '-T', '40000,5084', dump, capture]);
  const names = fields.flatMap((field) => ['-e', field]);
  const { stdout, stderr } = run('tshark', [...reading, capture, ...names]);
  if (stdout === '') throw new Error(stderr);
  // Newer versions write flags as words.
  const rows = stdout.trimEnd().replaceAll('True', '1').replaceAll('False', '0').split('\n');
  return rows.map((row) => row.split(';'));
}

t.test(
  'tshark dissects what we send and what the emulator says, without a complaint',
  { skip: missing('tshark') || missing('text2pcap') },
  async (t) => {
    const { sent, said } = conversation();
    const complaints = ['_ws.malformed', '_ws.expert.message'];
    const ours = dissected(sent, ['llrp.type', ...complaints]);
    t.strictSame(
      ours,
      [1, 3, 21, 20, 24, 72, 14].map((type) => [String(type), '', '']),
    );
    const theirs = dissected(said, ['llrp.type', ...complaints]);
    t.strictSame(
      theirs.filter(([, ...told]) => told.join('') !== ''),
      [],
    );
    t.strictSame(
      [...new Set(theirs.map(([type]) => type))].sort(),
      ['11', '13', '30', '31', '34', '4', '61', '62', '63'].sort(),
    );

    const meant = {
      antenna: '1,3',
      aispec_stop_trig_type: '0',
      transmit_power: '81,81',
      hop_table_id: '1,1',
      rospec_start_trig_type: '1',
      rospec_stop_trig_type: '0',
      ro_report_trig: '1',
      enable_rospec_id: '1',
      enable_antenna_id: '1',
      enable_peak_rssi: '1',
    };
    const sentOf = (type: number) => sent.filter((bytes) => bytes[1] === type);
    t.strictSame(
      dissected(
        sentOf(20),
        Object.keys(meant).map((name) => `llrp.param.${name}`),
      ),
      [Object.values(meant)],
      'ADD_ROSPEC means to tshark what it means to us',
    );
    t.strictSame(
      dissected(sentOf(3), ['llrp.param.event_type', 'llrp.param.keepalive_trig_type']),
      [['2,4,8', '1']],
    );
    // The negative control: a length that is wrong must be complained about.
    const wrong = Uint8Array.from(said.find((bytes) => bytes[1] === 61) ?? []);
    wrong[13] = 0xff;
    t.match(dissected([wrong], complaints)[0]?.join(), /alformed|Invalid length/);
  },
);

/** One session with the emulated reader: all that goes over the wire, both ways. */
function conversation(): { sent: Uint8Array[]; said: Uint8Array[] } {
  if (manifest.shape !== 'stream') throw new Error('no stream driver');
  const llrp = {
    antennas: [1, 3],
    keepaliveMs: 500,
    replyMs: 1_000,
    capabilities: true,
    events: ['roSpec', 'readerException', 'antenna'],
    reportTrigger: 'eachTagOrEndOfAISpec',
    transmit: { powerIndex: 81, hopTableId: 1, channelIndex: 0 },
  };
  const session = manifest.session({
    profile: { llrp } as unknown as FirmwareProfile,
    settings: {},
  });
  const reader = new LlrpReader({ isTalkative: true });
  const link = reader.connect(0);
  const sent: Uint8Array[] = [];
  const said: Uint8Array[] = [];
  const hear = (messages: readonly Uint8Array[], monotonicMs: number): void => {
    for (const bytes of messages) {
      said.push(bytes);
      const { send } = session.received({ bytes, receivedAt: { wallMs: 0, monotonicMs } });
      for (const request of send) {
        sent.push(request);
        hear(link.received(request, monotonicMs), monotonicMs);
      }
    }
  };
  session.opened({ wallMs: 0, monotonicMs: 0 });
  hear(link.tick(0), 0);
  reader.field([
    { epc: '3005FB63AC1F3841EC880467' },
    { epc: '1FB41F712AC9C37AB79D618173188324001A' },
  ]);
  reader.exception('RF overload', 0);
  reader.antennaEvent(3, false, 0);
  reader.antennaEvent(3, true, 0);
  hear(link.tick(510), 510);
  for (const request of session.closing?.() ?? []) {
    sent.push(request);
    hear(link.received(request, 520), 520);
  }
  return { sent, said };
}
