/** Brandings as operators write them, with a logo: what the gallery draws beside the pages as they are without. */
import sharp from 'sharp'
import type { Branding, Picture } from '../src/kernel/branding.ts'
import type { Asset } from '../src/ui/asset.ts'
import { brandingOver, openBrand, type OpenedBrand } from '../src/ui/brand.ts'
import { standardCatalogues } from '../src/ui/words/catalogues.ts'

/** Draws a logo, as large as the server would serve it. */
async function logo(name: string, colour: string): Promise<Picture> {
  const width = 130 + name.length * 52
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="120"><g fill="${colour}"><path d="M8 60a52 52 0 0 1 104 0 52 52 0 0 1-104 0zm52-28-28 28 28 28 28-28z" fill-rule="evenodd"/><text x="130" y="86" font-family="sans-serif" font-weight="700" font-size="78">${name}</text></g></svg>`
  const { data, info } = await sharp(Buffer.from(svg))
    .png({ palette: true, compressionLevel: 9 })
    .toBuffer({ resolveWithObject: true })
  return { file: `${name}.png`, bytes: data, size: { width: info.width, height: info.height } }
}

/** A branding with all that there is. */
const exampleBranding: Branding = {
  name: 'Looking-Glass',
  names: { ar: 'المرآة', ja: '鏡の国' },
  logo: await logo('Looking-Glass', '#6b2fa0'),
  logo_dark: await logo('Looking-Glass', '#cfa8f5'),
  colours: { light: { accent: '#6b2fa0', background: '#f6f2fa' } },
  corners: 'slight',
  texts: {
    sign_in_heading: { en: 'Welcome back', ar: 'مرحبًا بعودتك' },
    username: { en: 'Membership number', ar: 'رقم العضوية' },
    sign_in_help: { en: 'Lost your number? Call us: +44 1865 000000.', ar: 'فقدت رقمك؟ اتصل بنا: ‎+44 1865 000000.' },
    error_help: { en: 'Write to help@example.com, and tell us this:' },
    footer: { en: 'Looking-Glass Ltd., 1 Deanery Garden, Oxford', ar: 'شركة المرآة المحدودة، أكسفورد' },
  },
  links: {
    terms: 'https://example.com/terms',
    privacy: 'https://example.com/privacy',
    support: 'mailto:help@example.com',
    accessibility: 'https://example.com/accessibility',
  },
}

const shop: Branding = {
  name: 'The White Knight’s Shop',
  colours: { light: { accent: '#0a5c9e' } },
  font: 'serif',
  corners: 'round',
}

const parts = { standard: standardCatalogues, language: 'en' } as const
const run_by = { branding: exampleBranding, host: 'id.example.com' }

/** Brands by the name that stands behind the name of a page: `consent.en.example`. */
export const exampleBrands: Readonly<Record<string, OpenedBrand>> = {
  standard: openBrand({}, parts),
  example: openBrand(exampleBranding, parts),
  shop: openBrand(brandingOver(exampleBranding, shop), { ...parts, run_by }),
  long: openBrand({ name: 'W'.repeat(60), texts: { footer: { en: 'W'.repeat(200) } } }, parts),
}

/** Every file that they load. */
export const brandAssets: readonly Asset[] = Object.values(exampleBrands).flatMap(({ assets }) => assets)
