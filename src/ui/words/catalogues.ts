import type { Language } from '../../kernel/language.ts'
import { ar } from './ar.ts'
import { de } from './de.ts'
import { en, type Words } from './en.ts'
import { es } from './es.ts'
import { fr } from './fr.ts'
import { ja } from './ja.ts'

/** The words in every language. */
export const catalogues: Readonly<Record<Language, Words>> = { en, de, fr, es, ja, ar }
