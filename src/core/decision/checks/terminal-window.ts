import { type Check, fail, notApplicable, pass } from '../check.ts';
import { timeText } from '../time-text.ts';

/** The terminal takes or gives the box now. */
export const terminalWindow: Check = {
  id: 'terminal-window',
  on: 'moment',
  reasons: {
    'terminal-window-closed': {
      zh: '码头作业 {transaction} 的时间窗为 {from} 至 {until}',
      en: 'work {transaction} is open at the terminal from {from} to {until}',
    },
  },
  applies({ binding }) {
    return binding.transactions.some(
      (t) => t.windowFromMs !== undefined || t.windowUntilMs !== undefined,
    );
  },
  evaluate({ binding, nowWallMs }) {
    const limited = binding.transactions.filter(
      (t) => t.windowFromMs !== undefined || t.windowUntilMs !== undefined,
    );
    if (limited.length === 0) return notApplicable;
    const closed = limited.find(
      ({ windowFromMs = nowWallMs, windowUntilMs = nowWallMs }) =>
        nowWallMs < windowFromMs || nowWallMs > windowUntilMs,
    );
    if (!closed) return pass;
    const { id, windowFromMs, windowUntilMs } = closed;
    return fail('terminal-window-closed', {
      transaction: id,
      from: timeText(windowFromMs),
      until: timeText(windowUntilMs),
    });
  },
};
