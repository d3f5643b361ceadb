/** Colours as operators write them, and how well one is read on another: WCAG 2.2, “relative luminance” and “contrast ratio”. */

/** An opaque colour of sRGB, `#rrggbb` in lower case: nothing else is ever written into a stylesheet. */
export type Colour = `#${string}`

const written = /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/

/** Reads `#rgb` or `#rrggbb`; undefined for anything else, even where CSS has such a colour. */
export function readColour(text: string): Colour | undefined {
  const lower = text.toLowerCase()
  if (!written.test(lower)) return undefined
  const digits = lower.slice(1)
  return `#${digits.length === 3 ? digits.replaceAll(/./g, '$&$&') : digits}`
}

type Three = readonly [number, number, number]

/** Red, green and blue, 0 to 1. */
function channels(colour: Colour): Three {
  const number = Number.parseInt(colour.slice(1), 16)
  return [(number >> 16) / 255, ((number >> 8) & 255) / 255, (number & 255) / 255]
}

function spelled([red, green, blue]: Three): Colour {
  const digits = [red, green, blue].map((channel) =>
    Math.round(channel * 255)
      .toString(16)
      .padStart(2, '0'),
  )
  return `#${digits.join('')}`
}

function mapped([one, two, three]: Three, change: (channel: number) => number): Three {
  return [change(one), change(two), change(three)]
}

function linear(channel: number): number {
  return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
}

function encoded(channel: number): number {
  return channel <= 0.0031308 ? channel * 12.92 : 1.055 * channel ** (1 / 2.4) - 0.055
}

function luminance(colour: Colour): number {
  const [red, green, blue] = mapped(channels(colour), linear)
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** The contrast ratio of two colours, 1 to 21, whichever is the text. */
export function contrast(one: Colour, other: Colour): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((first, second) => first - second)
  return (lighter + 0.05) / (darker + 0.05)
}

/**
 * Mixes one colour into another.
 *
 * @param share how much of the other, 0 to 1
 */
export function mixed(one: Colour, other: Colour, share: number): Colour {
  const [from, to] = [channels(one), channels(other)]
  const at = (index: 0 | 1 | 2): number => from[index] + (to[index] - from[index]) * share
  return spelled([at(0), at(1), at(2)])
}

/** How many steps of lightness are tried. */
const steps = 256

/**
 * Finds the nearest colour that meets a demand: of the same hue, lighter or darker by as little as possible.
 *
 * @param does whether a colour meets the demand
 * @returns undefined where no lightness of that hue does
 */
export function nearestColour(colour: Colour, does: (candidate: Colour) => boolean): Colour | undefined {
  if (does(colour)) return colour
  const [lightness, ...hue] = toOklab(channels(colour))
  for (let step = 1; step <= steps; step += 1) {
    for (const candidate of [lightness - step / steps, lightness + step / steps]) {
      if (candidate < 0 || candidate > 1) continue
      const found = ofLightness(candidate, hue)
      if (does(found)) return found
    }
  }
  return undefined
}

/** A hue at another lightness, paler where the screen has no colour as vivid. */
function ofLightness(lightness: number, [a, b]: readonly [number, number]): Colour {
  for (let vividness = 1; vividness > 0; vividness -= 1 / 16) {
    const candidate = fromOklab([lightness, a * vividness, b * vividness])
    if (candidate.every((channel) => channel >= -0.001 && channel <= 1.001)) return spelled(mapped(candidate, bounded))
  }
  return spelled(mapped(fromOklab([lightness, 0, 0]), bounded))
}

function bounded(channel: number): number {
  return Math.min(1, Math.max(0, channel))
}

/** Oklab, in which equal steps of lightness look equal and keep the hue: CSS Color 4 §9.2. */
function toOklab(colour: Three): Three {
  const [red, green, blue] = mapped(colour, linear)
  const [l, m, s] = mapped(
    [
      0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue,
      0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue,
      0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue,
    ],
    Math.cbrt,
  )
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ]
}

function fromOklab([lightness, a, b]: Three): Three {
  const [l, m, s] = mapped(
    [
      lightness + 0.3963377774 * a + 0.2158037573 * b,
      lightness - 0.1055613458 * a - 0.0638541728 * b,
      lightness - 0.0894841775 * a - 1.291485548 * b,
    ],
    (root) => root ** 3,
  )
  return mapped(
    [
      4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
      -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
      -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
    ],
    encoded,
  )
}
