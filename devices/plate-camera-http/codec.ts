/** Pure reading of a plate camera's body by the field map of its profile. */
import {
  type BodyReading,
  capturedAtMsAt,
  codeAt,
  confidenceAt,
  eventIdAt,
  type FrameFault,
  type JsonObject,
  type PlateMap,
  type PlateRead,
  pictureOf,
  replayedAt,
  requiredTextAt,
  valueAt,
} from 'kakou/driver-kit';

/** Longer than any plate with separators; a longer text is no plate. */
const plateLengthMax = 32;

export function readPlate(map: PlateMap, view: PlateRead['view'], body: JsonObject): BodyReading {
  const faults: FrameFault[] = [];
  const text = requiredTextAt(body, map.text, plateLengthMax);
  const seen = text.trim() !== '' && !map.noPlate.includes(text.trim());
  const confidence = confidenceAt(
    body,
    { path: map.confidence, scale: map.confidenceScale },
    faults,
  );
  const colour = colourOf(map, body);
  const deviceEventId = eventIdAt(body, map.eventId);
  const capturedAtMs = capturedAtMsAt(body, map.capturedAt, faults);
  const pictures: BodyReading['pictures'][number][] = [];
  for (const { path, role } of map.pictures) {
    const picture = pictureOf(valueAt(body, path), role, path);
    if (picture && 'code' in picture) {
      faults.push(picture);
    } else if (picture) {
      pictures.push(picture);
    }
  }
  const observation: PlateRead = {
    kind: 'plateRead',
    view,
    raw: seen ? text : '',
    // Colour and certainty are about a plate: without one they would be certainty about nothing.
    ...(seen && colour !== undefined ? { colour } : {}),
    ...(seen && confidence !== undefined ? { confidence } : {}),
    ...(deviceEventId === undefined ? {} : { deviceEventId }),
    replayed: replayedAt(body, map.offline),
    ...(capturedAtMs === undefined ? {} : { capturedAtMs }),
  };
  return { observations: [observation], faults, pictures };
}

function colourOf(map: PlateMap, body: JsonObject): PlateRead['colour'] {
  const code = map.colour === undefined ? undefined : codeAt(body, map.colour);
  return code !== undefined && Object.hasOwn(map.colours, code) ? map.colours[code] : undefined;
}
