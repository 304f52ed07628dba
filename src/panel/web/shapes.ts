/** Marks that differ in shape, so that none is told apart by colour alone. The word stands beside them. */
export type Shape =
  | 'check'
  | 'cross'
  | 'question'
  | 'exclamation'
  | 'dash'
  | 'ring'
  | 'dots'
  | 'arrow'
  | 'octagon'
  | 'diamond'
  | 'clock';
