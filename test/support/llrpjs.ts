/**
 * llrpjs, an LLRP implementation of another author, as far as the tests use it. It is loaded without its types:
 * they are sources of an older compiler that would be checked by the rules of this project.
 */
import { createRequire } from 'node:module';

/** A message as llrpjs has it: built from JSON, or decoded and read back as JSON. */
export interface LlrpJsMessage {
  getName(): string;
  getMessageId(): number;
  setMessageId(id: number): LlrpJsMessage;
  encode(): { getBuffer(): Buffer };
  toLLRPData(): { readonly id: number; readonly type: string; readonly data: unknown };
}

interface LlrpJsPeer {
  on(event: string, listener: (message: LlrpJsMessage) => void): void;
  send(message: LlrpJsMessage): Promise<void>;
  readonly socketWritable: boolean;
}

export interface LlrpJsServer extends LlrpJsPeer {
  listen(): void;
  close(): Promise<void>;
}

export interface LlrpJsClient extends LlrpJsPeer {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  recv(timeoutMs: number): Promise<LlrpJsMessage>;
  transact(message: LlrpJsMessage, timeoutMs?: number): Promise<LlrpJsMessage>;
}

interface LlrpJs {
  readonly LLRPServer: new (options: { host: string; port: number }) => LlrpJsServer;
  readonly LLRPClient: new (options: { host: string; port: number }) => LlrpJsClient;
  readonly LLRPCore: Readonly<Record<string, new (json?: unknown) => LlrpJsMessage>>;
  readonly LLRPMessage: new (bytes: Buffer) => { decode(): LlrpJsMessage };
}

const require = createRequire(import.meta.url);

export const llrpjs = require('llrpjs') as LlrpJs;
