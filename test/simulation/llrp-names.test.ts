/** A recorded reader speaks of the inventory that a daemon of now has asked for. */
import t from 'tap';
import { decodeMessage } from '../../devices/rfid-llrp/codec.ts';
import { type InventoryPlan, requestBytes } from '../../devices/rfid-llrp/requests.ts';
import { LlrpNames } from '../../src/simulation/llrp-names.ts';

const plan: InventoryPlan = {
  antennas: [1],
  keepaliveMs: 10_000,
  events: [],
  reportTrigger: 'eachTagOrEndOfAISpec',
};
const added = (roSpecId: number) => requestBytes('ADD_ROSPEC', { messageId: 4, roSpecId }, plan);

const u16 = (value: number) => [value >> 8, value & 0xff];
const u32 = (value: number) => [...u16(value >>> 16), ...u16(value & 0xffff)];
const tlv = (type: number, ...body: number[]) => [...u16(type), ...u16(body.length + 4), ...body];
const message = (type: number, ...body: number[]) =>
  Uint8Array.of(...u16(0x400 + type), ...u32(body.length + 10), ...u32(7), ...body);
/** The number stands in the EPC too, where it must stay. */
const report = (roSpecId: number) =>
  message(
    61,
    ...tlv(
      240,
      0x8d,
      ...u32(roSpecId),
      ...u32(roSpecId),
      ...u32(1),
      0x89,
      ...u32(roSpecId),
      0x81,
      ...u16(1),
    ),
  );
const ended = (roSpecId: number) =>
  message(
    63,
    ...tlv(246, ...tlv(128, ...u32(0), ...u32(0)), ...tlv(249, 1, ...u32(roSpecId), ...u32(0))),
  );

const [then, now, foreign] = [4_711, 60_001, 99];

function names(): LlrpNames {
  const made = new LlrpNames([
    Uint8Array.of(...message(1, 1), ...added(then)).slice(0, 30),
    added(then).slice(19),
  ]);
  made.heard(added(now).subarray(0, 13));
  made.heard(added(now).subarray(13));
  return made;
}

t.test('a tag and an end of the inventory bear the number of now', async (t) => {
  t.strictSame(decodeMessage(new Uint8Array(names().told(report(then)))), {
    kind: 'message',
    skipped: 0,
    message: {
      kind: 'report',
      id: 7,
      tags: [
        { epc: Uint8Array.of(...u32(then), ...u32(then), ...u32(1)), roSpecId: now, antenna: 1 },
      ],
    },
  });
  t.match(decodeMessage(names().told(ended(then))), {
    message: { events: [{ kind: 'roSpec', roSpecId: now, what: 'ended' }] },
  });
});

t.test("somebody else's keep theirs, and so does all before the daemon has asked", async (t) => {
  t.strictSame(names().told(report(foreign)), Buffer.from(report(foreign)));
  const early = new LlrpNames([added(then)]);
  t.strictSame(early.told(report(then)), Buffer.from(report(then)));
});

t.test('however it is cut, the same comes out', async (t) => {
  const all = Uint8Array.of(...report(then), ...message(62), ...ended(then));
  const whole = Buffer.from(names().told(all));
  for (let cut = 1; cut < all.length; cut += 1) {
    const made = names();
    t.ok(
      Buffer.concat([made.told(all.subarray(0, cut)), made.told(all.subarray(cut))]).equals(whole),
      `${cut}`,
    );
  }
});

t.test('bytes that are no LLRP pass as they are', async (t) => {
  const noise = Buffer.alloc(64, 0xff);
  t.strictSame(Buffer.from(names().told(noise)), noise);
  const damaged = message(61, ...tlv(240, 0xff, 1, 2), 0, 240, 0, 1);
  t.strictSame(Buffer.from(names().told(damaged)), Buffer.from(damaged));
});
