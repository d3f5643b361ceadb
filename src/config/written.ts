/** What was written: the file as YAML or JSON, and where in it each value stands. */
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node, type YAMLMap } from 'yaml'

/** A file that was parsed. */
export interface Written {
  /** Its content as plain values; undefined when it is not YAML. */
  readonly raw: unknown
  /** Why it is not YAML, each mistake with its line. */
  readonly mistakes: readonly string[]
  /** The line on which the value of a key begins, or the nearest value around it; counted from 1. */
  readonly lineOf: (key: string) => number | undefined
}

/** Parses YAML, of which JSON is a part. Two values under one key are a mistake, as is a tag that would make an object. */
export function parseWritten(text: string): Written {
  const lineCounter = new LineCounter()
  // A tab is not an indentation in YAML, but JSON is written with tabs by half the world.
  const document = parseDocument(
    text.replaceAll(/^\t+/gm, (tabs) => '  '.repeat(tabs.length)),
    {
      lineCounter,
      version: '1.2',
      prettyErrors: false,
    },
  )
  const said = [...document.errors, ...document.warnings].map(
    ({ message, pos }) => `line ${lineCounter.linePos(pos[0]).line}: ${message}`,
  )
  const { raw, mistakes } = said.length > 0 ? { raw: undefined, mistakes: said } : plain(document)
  return {
    raw,
    mistakes,
    lineOf(key) {
      const node = nodeAt(document.contents, key)
      return node?.range === undefined || node.range === null ? undefined : lineCounter.linePos(node.range[0]).line
    },
  }
}

/** An alias costs what it stands for: a page of them would be gigabytes, and is refused. */
function plain(document: Document.Parsed): Pick<Written, 'raw' | 'mistakes'> {
  try {
    return { raw: document.toJS({ maxAliasCount: 100 }), mistakes: [] }
  } catch (error) {
    return { raw: undefined, mistakes: [error instanceof Error ? error.message : String(error)] }
  }
}

/** One step down a key, and what is left of it. */
interface Step {
  readonly to: string | number
  readonly rest: string
}

/** Walks down a key such as `clients[0].redirect_uris` as far as it goes. */
function nodeAt(node: Node | null, key: string): Node | null {
  if (!isMap(node) && !isSeq(node)) return node
  const step = isMap(node) ? byName(key, node) : byIndex(key)
  const next = step && node.get(step.to, true)
  return step === undefined || next === undefined || next === null ? node : nodeAt(next, step.rest)
}

function byIndex(key: string): Step | undefined {
  const [, index, rest = ''] = /^\[([0-9]+)\]\.?(.*)$/s.exec(key) ?? []
  return index === undefined ? undefined : { to: Number(index), rest }
}

/** A name may have dots in it, as scope values do: the longest that is there is meant. */
function byName(key: string, { items }: YAMLMap): Step | undefined {
  const names = items.map(({ key: name }) => (isScalar(name) ? String(name.value) : ''))
  const [to] = names
    .filter((name) => name !== '' && key.startsWith(name) && /^(?:$|[.[])/.test(key.slice(name.length)))
    .toSorted((one, other) => other.length - one.length)
  return to === undefined ? undefined : { to, rest: key.slice(to.length).replace(/^\./, '') }
}
