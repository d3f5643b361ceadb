/** The brandings of a configuration, made ready once: pictures redrawn, words in every language, files to serve. */
import type { Configuration } from '../config/settings.ts'
import type { Branding, Picture } from '../kernel/branding.ts'
import type { Finding } from '../kernel/setting.ts'
import { drawnAnew } from '../outside/picture.ts'
import type { Brands } from '../protocol/branding.ts'
import type { Asset } from '../ui/asset.ts'
import { brandingOver, openBrand } from '../ui/brand.ts'
import { standardCatalogues } from '../ui/words/catalogues.ts'

type Branded = Pick<Configuration, 'branding' | 'client_brandings'>

/** Lists every branding by its key; those of clients with what they leave out. */
export function brandingsOf({ branding, client_brandings }: Branded): ReadonlyMap<string, Branding> {
  const ofClients = Object.entries(client_brandings).map(
    ([name, own]) => [`client_brandings.${name}`, brandingOver(branding, own)] as const,
  )
  return new Map([['branding', branding], ...ofClients])
}

/** The brandings of a configuration, with all files that their pages load. */
interface OpenedBrands {
  readonly brands: Brands
  readonly assets: readonly Asset[]
}

type BrandedServer = Branded & Pick<Configuration, 'issuer' | 'language'>

/** Several parts are made of one configuration and each asks for its brandings: they are opened once. */
const opened = new WeakMap<BrandedServer, OpenedBrands>()

/** Opens the brandings of a configuration. */
export function openBrands(configuration: BrandedServer): OpenedBrands {
  const before = opened.get(configuration)
  if (before !== undefined) return before
  const made = newlyOpened(configuration)
  opened.set(configuration, made)
  return made
}

function newlyOpened({ issuer, language, branding, client_brandings }: BrandedServer): OpenedBrands {
  const parts = { standard: standardCatalogues, language }
  const run_by = { branding, host: new URL(issuer).host }
  const own = openBrand(branding, parts)
  const ofClients = Object.entries(client_brandings).map(
    ([name, one]) => [name, openBrand(brandingOver(branding, one), { ...parts, run_by })] as const,
  )
  return {
    brands: {
      own: own.catalogues,
      ofClients: new Map(ofClients.map(([name, { catalogues }]) => [name, catalogues])),
    },
    assets: [own, ...ofClients.map(([, one]) => one)].flatMap(({ assets }) => assets),
  }
}

/** Width and height of what is served at most, pixels: three times what is shown. */
const largest = {
  logo: { width: 624, height: 120 },
  logo_dark: { width: 624, height: 120 },
  favicon: { width: 96, height: 96 },
} as const satisfies { readonly [Name in keyof Branding]?: object }

const pictures = Object.keys(largest) as (keyof typeof largest)[]

/** Redraws every picture of a configuration; one that cannot be redrawn is a mistake like any other. */
export async function withDrawnPictures(
  configuration: Configuration,
): Promise<{ readonly configuration: Configuration; readonly mistakes: readonly Finding[] }> {
  const mistakes: Finding[] = []
  const branding = await drawn(configuration.branding, 'branding', mistakes)
  const client_brandings: Record<string, Branding> = {}
  for (const [name, one] of Object.entries(configuration.client_brandings)) {
    client_brandings[name] = await drawn(one, `client_brandings.${name}`, mistakes)
  }
  return { configuration: { ...configuration, branding, client_brandings }, mistakes }
}

async function drawn(branding: Branding, key: string, mistakes: Finding[]): Promise<Branding> {
  const found: Partial<Record<keyof typeof largest, Picture>> = {}
  for (const name of pictures) {
    const picture = branding[name]
    if (picture === undefined) continue
    try {
      const { bytes, width, height } = await drawnAnew(picture.bytes, largest[name])
      found[name] = { file: picture.file, bytes, size: { width, height } }
    } catch (error) {
      const why = error instanceof Error ? error.message.split('\n', 1)[0] : 'unknown'
      mistakes.push({ key: `${key}.${name}`, words: `names the file ${picture.file}, which is not a picture (${why})` })
    }
  }
  return { ...branding, ...found }
}
