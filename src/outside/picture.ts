/** Pictures of others, decoded within bounds and redrawn: what comes out is a PNG of ours, with nothing of the file in it. */
import { loadedOnce } from '../kernel/loaded-once.ts'

/** Most pixels of a picture: 64 MB once decoded. */
const mostPixels = 16_000_000

/** A PNG that was drawn here. */
export interface DrawnPicture {
  readonly bytes: Uint8Array
  readonly width: number
  readonly height: number
}

/** Loads the decoder with the first picture: many servers show none, and it takes 20 MB of memory. */
const openDecoder = loadedOnce(async () => {
  const { default: sharp } = await import('sharp')
  // Four formats of pixels, and no other decoder: an SVG is a document, and rare formats are where decoders are weak.
  sharp.block({ operation: ['VipsForeignLoad'] })
  sharp.unblock({
    operation: [
      'VipsForeignLoadPngBuffer',
      'VipsForeignLoadJpegBuffer',
      'VipsForeignLoadWebpBuffer',
      'VipsForeignLoadNsgifBuffer',
    ],
  })
  // One thread: a picture may take its time, tokens may not.
  sharp.concurrency(1)
  sharp.cache(false)
  return sharp
})

/**
 * Redraws a picture, upright, no larger than it was or than `within`.
 *
 * @throws {Error} when it is in a format that is not decoded here, too large, or takes longer than five seconds
 */
export async function drawnAnew(
  file: Uint8Array,
  within: { readonly width: number; readonly height: number },
): Promise<DrawnPicture> {
  const sharp = await openDecoder()
  const { data, info } = await sharp(file, { limitInputPixels: mostPixels, pages: 1 })
    .timeout({ seconds: 5 })
    .rotate()
    .resize(within.width, within.height, { fit: 'inside', withoutEnlargement: true })
    .png({ compressionLevel: 9 })
    .toBuffer({ resolveWithObject: true })
  return { bytes: data, width: info.width, height: info.height }
}
