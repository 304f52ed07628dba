/**
 * What JGS/T 14-2015 leaves open, or what is deployed otherwise, of the socket form of its traditional messages (Annex A).
 * A gate speaks one dialect to its platform; nothing is guessed from what arrives.
 */
export interface Dialect {
  /** Bytes before the XML: 41 with the message code of four bytes of the standard, 38 with the single byte of most deployed code. */
  readonly headerBytes: 38 | 41;
  /** Of a code of four bytes: a number, or the text `0x21`. */
  readonly messageCode: 'binary' | 'ascii';
  readonly byteOrder: 'big' | 'little';
  readonly charset: 'utf-8' | 'gb18030';
  /** The four bytes behind the direction. */
  readonly identifier: 'ones' | 'zeros';
  /** Whether the total length of the images counts the five bytes before each of them. */
  readonly imagesTotalCountsHeads: boolean;
}

export const standardDialect: Dialect = {
  headerBytes: 41,
  messageCode: 'binary',
  byteOrder: 'big',
  charset: 'utf-8',
  identifier: 'ones',
  imagesTotalCountsHeads: true,
};
