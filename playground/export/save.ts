/**
 * Files that the page hands out.
 *
 * @module
 */
import { svgOf } from "./svg.ts";

/** Has the browser save a file. */
export function save(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The download has its own hold on it once it has begun.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

export const saveText = (name: string, text: string, type: string): void =>
  save(name, new Blob([text], { type }));

/** A part of the page as a drawing. */
export const saveSvg = (name: string, part: HTMLElement): void =>
  saveText(name, svgOf(part).source, "image/svg+xml");

/** A part of the page as a picture, twice as fine as it is on the page. */
export async function savePng(name: string, part: HTMLElement): Promise<void> {
  const { source, width, height } = svgOf(part);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(source)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = 2 * width;
  canvas.height = 2 * height;
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  if (blob !== null) save(name, blob);
}
