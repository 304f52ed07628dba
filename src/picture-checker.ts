/**
 * Composition root of the process that decodes pictures. A picture that breaks the decoder ends this process and
 * nothing else. It ends by itself when whoever started it is gone.
 */
import { checkPicture } from './adapters/pictures/check-picture.ts';
import type { CheckAnswer, CheckRequest } from './adapters/pictures/worker-messages.ts';

const answer = (message: CheckAnswer) => process.send?.(message);

process.on('message', (request: CheckRequest) => {
  checkPicture(request).then(
    (checked) => answer({ kind: 'checked', id: request.id, ...checked }),
    (error: unknown) =>
      answer({
        kind: 'checked',
        id: request.id,
        verdict: 'damaged',
        detail: String(error),
        thumbnailBytes: 0,
      }),
  );
});
process.on('disconnect', () => process.exit(0));
answer({ kind: 'ready' });
