/** No message that a gate is sent has as much: pictures go the other way. */
export const frameBytesMax = 65_536;
