/**
 * A customs gate platform that is not there: it listens, reads captures and answers as a test tells it to. It is written from
 * the message tables and shares no code with the gate's codec, so that a mistake in one of them shows.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface EmulatedDialect {
  readonly headerBytes: 38 | 41;
  readonly littleEndian: boolean;
  readonly charset: 'utf-8' | 'gb18030';
  readonly identifierByte: 0x00 | 0xff;
}

const emulatedStandard: EmulatedDialect = {
  headerBytes: 41,
  littleEndian: false,
  charset: 'utf-8',
  identifierByte: 0xff,
};

/** A capture as the platform read it. */
export interface HeardCapture {
  readonly premises: string;
  readonly lane: string;
  readonly direction: string;
  readonly xml: string;
  readonly seqNo: string;
}

export interface EmulatedAnswer {
  readonly seqNo: string;
  readonly word: string;
  readonly premises?: string;
  readonly lane?: string;
  readonly direction?: string;
  readonly hint?: string;
}

/** What becomes of a capture: answers, bytes as they are, nothing, or a connection that is closed. */
export type Reaction = (
  capture: HeardCapture,
  connection: {
    answer(answer: EmulatedAnswer): void;
    send(bytes: Uint8Array): void;
    hangUp(): void;
  },
) => void;

export class CustomsPlatform {
  readonly captures: HeardCapture[] = [];
  /** How long each connection was open, ms. */
  readonly connections: number[] = [];
  react: Reaction;
  readonly #dialect: EmulatedDialect;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(dialect: EmulatedDialect, react: Reaction) {
    this.#dialect = dialect;
    this.react = react;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async start(options: {
    readonly port?: number;
    readonly dialect?: EmulatedDialect;
    readonly react: Reaction;
  }): Promise<CustomsPlatform> {
    const { port = 0, dialect = emulatedStandard, react } = options;
    const platform = new CustomsPlatform(dialect, react);
    await new Promise<void>((done) => platform.#server.listen(port, '127.0.0.1', () => done()));
    return platform;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  #serve(socket: Socket): void {
    const sinceMs = performance.now();
    let held = Buffer.alloc(0);
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.connections.push(performance.now() - sinceMs);
    });
    socket.on('data', (chunk: Buffer) => {
      held = Buffer.concat([held, chunk]);
      if (held.length < 8 || held.length < this.#number(held, 4)) return;
      const capture = this.#read(held);
      held = Buffer.alloc(0);
      this.captures.push(capture);
      this.react(capture, {
        answer: (answer) => socket.write(this.answerBytes(capture, answer)),
        send: (bytes) => socket.write(bytes),
        hangUp: () => socket.end(),
      });
    });
  }

  #number(bytes: Buffer, at: number): number {
    return this.#dialect.littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
  }

  #read(bytes: Buffer): HeardCapture {
    const { headerBytes, charset } = this.#dialect;
    const numbers = headerBytes - 29;
    const ascii = (from: number, length: number) => bytes.toString('latin1', from, from + length);
    const xmlBytes = this.#number(bytes, headerBytes - 4);
    const xml = new TextDecoder(charset).decode(
      bytes.subarray(headerBytes, headerBytes + xmlBytes),
    );
    return {
      premises: ascii(numbers, 10),
      lane: ascii(numbers + 10, 10),
      direction: ascii(numbers + 20, 1),
      xml,
      seqNo: /SEQ_NO="([^"]*)"/.exec(xml)?.[1] ?? '',
    };
  }

  /** Message 0x22 for a capture; what the answer states itself goes into frame and XML alike. */
  answerBytes(capture: Omit<HeardCapture, 'xml' | 'seqNo'>, answer: EmulatedAnswer): Buffer {
    const { premises, lane, direction } = { ...capture, ...answer };
    const { seqNo, word, hint = '' } = answer;
    const xml = [
      '<?xml version="1.0"?>',
      `<COMMAND_INFO AREA_ID="${premises}" CHNL_NO="${lane}" I_E_TYPE="${direction}" SEQ_NO="${seqNo}">`,
      `<CHECK_RESULT>${word}</CHECK_RESULT>`,
      '<GPS><VE_NAME/><GPS_ID/><ORIGIN_CUSTOMS/><DEST_CUSTOMS/></GPS>',
      '<SEAL><ESEAL_ID/><SEAL_KEY/></SEAL><FORM_TYPE>1</FORM_TYPE><FORM_ID/>',
      `<OP_HINT>${hint}</OP_HINT></COMMAND_INFO>`,
    ].join('\r\n');
    return this.frame(0x22, { premises, lane, direction }, xml);
  }

  /** A frame of any message. Text beyond ASCII is written in UTF-8. */
  frame(code: number, to: Omit<HeardCapture, 'xml' | 'seqNo'>, xml: string): Buffer {
    const { headerBytes, littleEndian, identifierByte } = this.#dialect;
    const number = (value: number) => {
      const bytes = Buffer.alloc(4);
      if (littleEndian) bytes.writeUInt32LE(value);
      else bytes.writeUInt32BE(value);
      return bytes;
    };
    const body = Buffer.from(xml, 'utf8');
    return Buffer.concat([
      Buffer.from('e25c4b89', 'hex'),
      number(headerBytes + body.length + 2),
      headerBytes === 38 ? Buffer.of(code) : number(code),
      Buffer.from(`${to.premises}${to.lane}${to.direction}`, 'latin1'),
      Buffer.alloc(4, identifierByte),
      number(body.length),
      body,
      Buffer.from('ffff', 'hex'),
    ]);
  }

  /** Connects to a gate by itself, sends, and resolves with what comes back until the gate hangs up or a second is over. */
  async deliver(port: number, bytes: Uint8Array): Promise<Buffer> {
    const socket = connect({ host: '127.0.0.1', port });
    const heard: Buffer[] = [];
    await new Promise<void>((done) => {
      const timer = setTimeout(done, 1_000);
      const over = () => {
        clearTimeout(timer);
        done();
      };
      socket.on('data', (chunk: Buffer) => {
        heard.push(chunk);
        over();
      });
      socket.on('error', over);
      socket.once('close', over);
      socket.write(bytes);
    });
    socket.destroy();
    return Buffer.concat(heard);
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((done) => this.#server.close(() => done()));
  }
}
