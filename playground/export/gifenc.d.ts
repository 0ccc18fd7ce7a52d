/** What is used of gifenc, which comes without types. */
declare module "gifenc" {
  export type Palette = number[][];

  export interface FrameOptions {
    /** Of the first frame: that of the whole file. */
    palette?: Palette;
    /** Milliseconds. */
    delay: number;
    transparent?: boolean;
    transparentIndex?: number;
    /** 1: the frame stays, the next is painted over it. */
    dispose?: number;
    /** How often it is played; 0 for ever. */
    repeat?: number;
  }

  export function GIFEncoder(): {
    writeFrame(index: Uint8Array, width: number, height: number, options: FrameOptions): void;
    finish(): void;
    bytes(): Uint8Array<ArrayBuffer>;
  };
  export function quantize(rgba: Uint8ClampedArray, colours: number): Palette;
  export function applyPalette(rgba: Uint8ClampedArray, palette: Palette): Uint8Array;
}
