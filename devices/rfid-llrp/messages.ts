/** Numbers of the LLRP messages a client of inventory meets (LLRP 1.0.1 section 16.1). */

/** Version, type, length, id. */
export const headBytes = 10;

/** What we ask, each answered by a message of its own type. */
const requests = {
  GET_READER_CAPABILITIES: { type: 1, answer: 11 },
  SET_READER_CONFIG: { type: 3, answer: 13 },
  DELETE_ROSPEC: { type: 21, answer: 31 },
  ADD_ROSPEC: { type: 20, answer: 30 },
  ENABLE_ROSPEC: { type: 24, answer: 34 },
  CLOSE_CONNECTION: { type: 14, answer: 4 },
} as const;

export type RequestName = keyof typeof requests;

export const messageTypes = {
  roAccessReport: 61,
  keepalive: 62,
  readerEventNotification: 63,
  keepaliveAck: 72,
  errorMessage: 100,
} as const;

export const requestType = (name: RequestName): number => requests[name].type;

const requestNames = new Map<number, RequestName>(
  (Object.keys(requests) as RequestName[]).map((name) => [requests[name].answer, name]),
);

/** The request that a message of this type answers. */
export const answersTo = (type: number): RequestName | undefined => requestNames.get(type);
