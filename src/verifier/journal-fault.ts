/** What can be wrong with a log, and the exception that carries it to whoever asked. */

export type JournalFault =
  | 'unreadable'
  | 'missing-entry'
  | 'hash-mismatch'
  | 'broken-link'
  | 'wrong-sequence'
  | 'wrong-epoch'
  | 'unexplained-epoch'
  | 'not-cloudevents'
  | 'bad-signature'
  | 'unannounced-key'
  | 'forged-rotation'
  | 'wrong-root'
  | 'pruned-without-entry'
  | 'pruned-differs'
  | 'fork'
  | 'shrunken';

export const hints: Readonly<Record<JournalFault, string>> = {
  unreadable:
    'give ledger.db of a data.directory or an NDJSON export of it; put a damaged one back from the backup',
  'missing-entry': 'an entry was deleted, or the export is incomplete',
  'hash-mismatch': 'the bytes of this entry were changed after they were written',
  'broken-link': 'an entry at or before this place was changed, replaced or reordered',
  'wrong-sequence': 'entries were reordered or renumbered',
  'wrong-epoch': 'entries of another log were mixed in',
  'unexplained-epoch':
    'another ledger was put in place, or its key was lost; give the new key with --key if you know it to be right',
  'not-cloudevents': 'the entry was not written by kakou',
  'bad-signature': 'the signature was not made by the key of the log over this text',
  'unannounced-key':
    'somebody signed with a key of his own, or the key file was replaced by hand; find out who had access to it',
  'forged-rotation': 'a key was put in place that the key before it did not sign',
  'wrong-root': 'entries before this checkpoint were changed after it was signed',
  'pruned-without-entry': 'bodies were removed by hand: get them from the centre',
  'pruned-differs':
    'what is left of pruned entries was changed after they were pruned, or more was removed than was told',
  fork: 'the log was put back to an earlier copy and went on from there, or was written anew',
  shrunken: 'the log lost its end, or was put back to an earlier copy',
};

export interface Place {
  /** The epoch in which it is; empty where no entry was read. */
  readonly epoch: string;
  readonly sequence: number;
}

export class Wrong extends Error {
  readonly place: Place;
  readonly fault: JournalFault;

  constructor(place: Place, fault: JournalFault, detail: string) {
    super(detail);
    this.place = place;
    this.fault = fault;
  }
}

export const nowhere: Place = { epoch: '', sequence: 0 };
