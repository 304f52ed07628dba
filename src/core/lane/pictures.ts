/**
 * Pictures of a passage, by reference. They decide nothing and nothing waits for them: what has come by the
 * decision stands in its entry, what comes later in an entry of its own. Which picture belongs to whom follows
 * from its reading alone.
 */
import type { IdentityReading } from '../identification/evidence.ts';
import type { EventDraft } from '../journal/events.ts';
import type {
  ContainerNumberRead,
  LatePictureReference,
  ObservedAt,
  PlateRead,
} from '../observation.ts';
import type { Passage, PassagePicture } from './passage.ts';
import { drop, event, patch, recordEvent, type Turn, update } from './turn.ts';

/** Pictures kept of one passage; with two cameras of two pictures each it is read from four times. */
const picturesMax = 16;

/** A reading was given to a passage: what came with it is the passage's own. */
export function addPicturesOf(
  turn: Turn,
  passage: Passage,
  { deviceId, observation }: ObservedAt<IdentityReading>,
): void {
  if (!isOfCamera(observation)) return;
  for (const picture of observation.pictures ?? []) {
    const now = turn.state.passages.find((p) => p.passageId === passage.passageId) ?? passage;
    addPicture(turn, now, { ...picture, deviceId });
  }
}

/** A picture that came after its reading. Of a reading that no vehicle in the lane was given it is nobody's. */
export function onPictured(turn: Turn, late: LatePictureReference): void {
  const passage = turn.state.passages.find(
    ({ evidence }) =>
      evidence.plates.some((read) => isReadingOf(late, read)) ||
      evidence.containers.some((read) => isReadingOf(late, read)),
  );
  const picture = { ...late.picture, deviceId: late.deviceId };
  if (passage) return addPicture(turn, passage, picture);
  const waits = turn.state.recent.findIndex((read) => isReadingOf(late, read));
  if (waits < 0) return drop(turn, 'pictureOfNobody');
  patch(turn, {
    recent: turn.state.recent.map((read, at) => (at === waits ? withPicture(read, late) : read)),
  });
}

function isOfCamera(reading: IdentityReading): reading is PlateRead | ContainerNumberRead {
  return reading.kind === 'plateRead' || reading.kind === 'containerNumberRead';
}

function isReadingOf(late: LatePictureReference, read: ObservedAt<IdentityReading>): boolean {
  const { observation } = read;
  if (!isOfCamera(observation) || read.deviceId !== late.deviceId) return false;
  return (
    read.receivedAt.monotonicMs === late.readingAt.monotonicMs &&
    observation.deviceEventId === late.deviceEventId
  );
}

function withPicture(
  read: ObservedAt<IdentityReading>,
  { picture }: LatePictureReference,
): ObservedAt<IdentityReading> {
  const { observation } = read;
  if (!isOfCamera(observation)) return read;
  const pictures = [...(observation.pictures ?? []), picture].slice(0, picturesMax);
  return { ...read, observation: { ...observation, pictures } };
}

function addPicture(turn: Turn, passage: Passage, picture: PassagePicture): void {
  const { passageId, pictures, picturesDue } = passage;
  if (pictures.some(({ sha256 }) => sha256 === picture.sha256)) return;
  if (pictures.length >= picturesMax) return drop(turn, 'pictureOverflow');
  const all = [...pictures, picture];
  if (isUndecided(passage)) {
    return update(turn, passageId, { pictures: all, picturesDue: [...picturesDue, picture] });
  }
  update(turn, passageId, { pictures: all });
  recordEvent(turn, 'passage.pictured.v1', passageId, { pictures: [picture] });
}

/** Its entry is still to be written. One that is being committed is as good as written. */
function isUndecided({ kind, decision }: Passage): boolean {
  if (kind === 'deciding') return decision === undefined;
  return kind === 'approaching' || kind === 'capturing';
}

/** The entry about pictures that no decision has taken along; none where there are none. */
export function picturedEvents(
  turn: Turn,
  { passageId, picturesDue }: Pick<Passage, 'passageId' | 'picturesDue'>,
): readonly EventDraft[] {
  if (picturesDue.length === 0) return [];
  return [event(turn, 'passage.pictured.v1', passageId, { pictures: picturesDue })];
}
