import t from 'tap';
import { sequenceNumber, sequenceTime } from '../../../src/interchange/jgst14/sequence-number.ts';

t.test('a sequence number is the time of the premises and a counter', async (t) => {
  const wallMs = Date.UTC(2026, 11, 31, 16, 30, 5);
  t.equal(sequenceTime(wallMs, 480), '20270101003005');
  t.equal(sequenceNumber(sequenceTime(wallMs, 0), 17), '20261231163005000017');
  t.equal(sequenceNumber('20261231163005', 1_000_003), '20261231163005000003');
  t.equal(sequenceNumber('20261231163005', 100_003, 7), '20261231163005700003', 'of gate 7');
});
