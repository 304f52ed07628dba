/** What the emulated cameras see: a drawn truck before the gate, small and real JPEG, another for each passage. */
import sharp from 'sharp';
import type { PlannedPassage } from './traffic.ts';

export interface CameraPictures {
  readonly scene: Uint8Array;
  readonly plate: Uint8Array;
}

const boxColours = ['#a8432f', '#2f6aa8', '#3f8f5a', '#b07a24', '#6a4f9c'];

/** The front camera: the truck with its boxes, and its plate cut out. */
export async function frontPictures(passage: PlannedPassage): Promise<CameraPictures> {
  const { plateRead, containers, number } = passage;
  const boxes = containers.map((text, at) => {
    const x = 40 + at * 170;
    const width = containers.length === 1 ? 330 : 160;
    return (
      `<rect x="${x}" y="120" width="${width}" height="130" fill="${colourOf(number + at)}" stroke="#222"/>` +
      `<text x="${x + width / 2}" y="165" font-size="17" text-anchor="middle" fill="#fff">${escaped(text)}</text>`
    );
  });
  const scene = `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="360" font-family="sans-serif">
    <rect width="640" height="360" fill="#9fb4c4"/><rect y="270" width="640" height="90" fill="#5b5f63"/>
    <rect x="30" y="250" width="440" height="16" fill="#333"/>${boxes.join('')}
    <path d="M470 266V140h70q40 10 50 70v56z" fill="#d8dde2" stroke="#222"/>
    <rect x="500" y="155" width="60" height="45" fill="#456"/>
    ${[90, 150, 400, 540].map((x) => `<circle cx="${x}" cy="276" r="22" fill="#111"/>`).join('')}
    ${plateAt(500, 230, 86, plateRead.text)}
    <text x="12" y="350" font-size="15" fill="#fff">${new Date().toISOString()} #${number}</text></svg>`;
  const plate = `<svg xmlns="http://www.w3.org/2000/svg" width="220" height="70" font-family="sans-serif">
    ${plateAt(0, 0, 220, plateRead.text)}</svg>`;
  const [sceneBytes, plateBytes] = await Promise.all([jpegOf(scene), jpegOf(plate)]);
  return { scene: sceneBytes, plate: plateBytes };
}

/** The portal: one box from its side. */
export function boxPicture(passage: PlannedPassage, at: number): Promise<Uint8Array> {
  const text = passage.containers[at] ?? '';
  const ribs = Array.from(
    { length: 24 },
    (_, rib) => `<rect x="${rib * 20}" width="8" height="200" fill="#0002"/>`,
  );
  return jpegOf(`<svg xmlns="http://www.w3.org/2000/svg" width="480" height="200" font-family="sans-serif">
    <rect width="480" height="200" fill="${colourOf(passage.number + at)}"/>${ribs.join('')}
    <text x="460" y="60" font-size="34" text-anchor="end" fill="#fff">${escaped(text)}</text>
    <text x="460" y="100" font-size="26" text-anchor="end" fill="#fff">22G1</text></svg>`);
}

function plateAt(x: number, y: number, width: number, text: string): string {
  const height = width * 0.32;
  return (
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="4" fill="#f4c20d" stroke="#111"/>` +
    `<text x="${x + width / 2}" y="${y + height * 0.72}" font-size="${width / 7}" text-anchor="middle">${escaped(text)}</text>`
  );
}

function colourOf(n: number): string {
  return boxColours[n % boxColours.length] ?? '#555';
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

async function jpegOf(svg: string): Promise<Uint8Array> {
  return new Uint8Array(await sharp(Buffer.from(svg)).jpeg({ quality: 75 }).toBuffer());
}
