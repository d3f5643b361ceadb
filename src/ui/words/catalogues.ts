import type { Language } from '../../kernel/language.ts'
import { openBrand, type Catalogues } from '../brand.ts'
import { ar } from './ar.ts'
import { de } from './de.ts'
import { en, type Catalogue } from './en.ts'
import { es } from './es.ts'
import { fr } from './fr.ts'
import { ja } from './ja.ts'

/** The words in every language, in nobody's name. */
export const standardCatalogues: Readonly<Record<Language, Catalogue>> = { en, de, fr, es, ja, ar }

/** The words in every language, in the name of a server that nobody gave another. */
export const { catalogues }: { readonly catalogues: Catalogues } = openBrand(
  {},
  { standard: standardCatalogues, language: 'en' },
)
