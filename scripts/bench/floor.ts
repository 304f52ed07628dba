/**
 * The floor: what the same packages need for one durable commit of three statements and one Modbus write, wired
 * by hand without any feature. No gate controller on these packages can be faster.
 */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import modbusSerial from 'modbus-serial';

const ModbusClient = modbusSerial.default;

export interface Floor {
  /** One commit and one write, ms. */
  once(): Promise<number>;
  close(): void;
}

export async function floor(directory: string, port: number): Promise<Floor> {
  const db = new Database(join(directory, 'floor.db'));
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec(`
    CREATE TABLE decision (id TEXT PRIMARY KEY, result TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE journal (sequence INTEGER PRIMARY KEY, entry TEXT NOT NULL);
    CREATE TABLE lane (id TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;
  `);
  const statements = [
    db.prepare('INSERT INTO decision (id, result) VALUES (?, ?)'),
    db.prepare('INSERT INTO journal (sequence, entry) VALUES (?, ?)'),
    db.prepare(
      'INSERT INTO lane (id, state) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state',
    ),
  ] as const;
  const text = 'x'.repeat(2_000);
  let sequence = 0;
  const commit = db.transaction(() => {
    sequence += 1;
    statements[0].run(`d${sequence}`, text);
    statements[1].run(sequence, text);
    statements[2].run('lane', 'admitted');
  });
  const client = new ModbusClient();
  await client.connectTCP('127.0.0.1', { port });
  client.setID(1);
  client.setTimeout(1_000);
  return {
    async once() {
      const startedAt = performance.now();
      commit.immediate();
      await client.writeCoil(0, true);
      return performance.now() - startedAt;
    },
    close() {
      client.close(() => undefined);
      db.close();
    },
  };
}
