/** No message that a gate is sent has as much: pictures go the other way. */
export const frameBytesMax = 65_536;

/** A connection has one message, or a few where the platform repeats itself; each is put on record. */
export const messagesMax = 16;
