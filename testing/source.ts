/**
 * The tree as the tests that watch it see it: every TypeScript file of ours, parsed, with what it imports, exports and
 * calls. Text alone would take an import in a comment for one; so these tests read the syntax tree.
 */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import {
  parseSync,
  Visitor,
  type Argument,
  type CallExpression,
  type Expression,
  type NewExpression,
  type Program,
} from 'oxc-parser'

/** The root of the clone, an absolute path. */
export const root = dirname(import.meta.dirname)

/** One TypeScript file of the tree. */
export interface Source {
  /** From the root, with slashes: `src/protocol/pkce.ts`. */
  readonly path: string
  readonly text: string
  readonly imports: readonly Import[]
  readonly exports: readonly Export[]
  readonly comments: readonly Comment[]
  /** Every call of a plain name, such as `refusal(…)`, and every `new` of one. */
  readonly calls: (name: string) => readonly Call[]
  /** Every call of a method of that name on something of that name: `signer.sign(…)`, `parts.signer.sign(…)`. */
  readonly callsOn: (object: string, method: string) => readonly Call[]
  /** The constant parts of every template literal and string: where SQL is found. */
  readonly texts: () => readonly string[]
}

/** One import or re-export, static or dynamic, or a `require`. */
export interface Import {
  /** A path from the root for a file of ours, else the module as it is named: `jose`, `node:crypto`. */
  readonly target: string
  /** True when it vanishes as types are stripped. */
  readonly typeOnly: boolean
  /** The names it takes, as they are exported there, without types; `*` for all. */
  readonly names: readonly string[]
  readonly line: number
}

/** One exported name that is declared in the file itself. */
export interface Export {
  readonly name: string
  readonly isDefault: boolean
  /** True when a docstring stands right before the declaration. */
  readonly documented: boolean
  readonly line: number
}

/** One comment, without its marks. */
export interface Comment {
  readonly text: string
  readonly line: number
}

/** One call, with its arguments that are texts; undefined for the others. */
export interface Call {
  readonly line: number
  /** Of a template, `…` stands for what is computed. */
  readonly texts: readonly (string | undefined)[]
}

/** Reads every `.ts` file of ours in these folders of the root, in the order of their paths. */
export function sourcesIn(...folders: readonly string[]): readonly Source[] {
  return filesIn('**/*.ts', ...folders).map(sourceOf)
}

/** Lists the files of these folders that a pattern names, as paths from the root, in order. */
export function filesIn(pattern: string, ...folders: readonly string[]): readonly string[] {
  const found = folders.flatMap((folder) =>
    globSync(`${folder}/${pattern}`, { cwd: root, exclude: (name) => name === 'node_modules' }),
  )
  return found.map((path) => path.replaceAll('\\', '/')).sort()
}

/** True for a test, which may arrange its proof with parts of any folder. */
export function isTest(path: string): boolean {
  return path.endsWith('.test.ts')
}

interface Name {
  readonly name: string
  readonly isType: boolean
}

/** `export { … }`: the docstring stands at the declaration, where this one does not look. */
const listed = /^export (type )?\{/

const kept = new Map<string, Source>()

/** Reads and parses one file, by its path from the root; each once. */
export function sourceOf(path: string): Source {
  const known = kept.get(path)
  if (known !== undefined) return known
  const source = parsed(path, readFileSync(join(root, path), 'utf8'))
  kept.set(path, source)
  return source
}

/**
 * Parses one file.
 *
 * @throws {Error} when it is not TypeScript
 */
export function parsed(path: string, text: string): Source {
  const { program, module, comments, errors } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`${path} cannot be parsed: ${errors[0]?.message ?? ''}`)
  const line = (offset: number): number => text.slice(0, offset).split('\n').length
  const docstringEnds = new Set(
    comments.filter(({ type, value }) => type === 'Block' && value.startsWith('*')).map(({ end }) => end),
  )

  const imported = (specifier: string, names: readonly Name[], start: number): Import => ({
    target: specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : specifier,
    typeOnly: names.length > 0 && names.every(({ isType }) => isType),
    names: names.filter(({ isType }) => !isType).map(({ name }) => name),
    line: line(start),
  })
  const imports = [
    ...module.staticImports.map(({ moduleRequest, entries, start }) =>
      imported(
        moduleRequest.value,
        entries.map(({ importName, isType }) => ({ name: importName.name ?? '*', isType })),
        start,
      ),
    ),
    ...module.staticExports.flatMap(({ entries, start }) =>
      entries.flatMap(({ moduleRequest, importName, isType }) =>
        moduleRequest ? [imported(moduleRequest.value, [{ name: importName.name ?? '*', isType }], start)] : [],
      ),
    ),
    ...module.dynamicImports.flatMap(({ moduleRequest, start }) => {
      const named = /^(['"])(.*)\1$/.exec(text.slice(moduleRequest.start, moduleRequest.end))?.[2]
      return named === undefined ? [] : [imported(named, [{ name: '*', isType: false }], start)]
    }),
    ...callsOf(program, line, isNamed('require')).flatMap(({ texts: [target], line }) =>
      target === undefined ? [] : [{ target, typeOnly: false, names: ['*'], line }],
    ),
  ]
  const exports = module.staticExports.flatMap(({ entries, start }) =>
    entries
      .filter(({ moduleRequest }) => !moduleRequest)
      .map(({ exportName }) => ({
        name: exportName.name ?? 'default',
        isDefault: exportName.kind === 'Default',
        documented: docstringEnds.has(text.slice(0, start).trimEnd().length) || listed.test(text.slice(start)),
        line: line(start),
      })),
  )
  return {
    path,
    text,
    imports,
    exports,
    comments: comments.map(({ value, start }) => ({ text: value, line: line(start) })),
    calls: (name) => callsOf(program, line, isNamed(name)),
    callsOn: (object, method) => callsOf(program, line, (callee) => isMethod(callee, object, method)),
    texts: () => textsOf(program),
  }
}

function callsOf(
  program: Program,
  line: (offset: number) => number,
  wanted: (callee: Expression) => boolean,
): readonly Call[] {
  const calls: Call[] = []
  const collect = ({ callee, arguments: given, start }: CallExpression | NewExpression): void => {
    if (wanted(callee)) calls.push({ line: line(start), texts: given.map(textOf) })
  }
  new Visitor({ CallExpression: collect, NewExpression: collect }).visit(program)
  return calls
}

const isNamed =
  (name: string) =>
  (callee: Expression): boolean =>
    callee.type === 'Identifier' && callee.name === name

function isMethod(callee: Expression, object: string, method: string): boolean {
  if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return false
  return callee.property.name === method && lastName(callee.object) === object
}

/** `signer` of `signer` and of `parts.signer`. */
function lastName(expression: Expression): string | undefined {
  if (expression.type === 'Identifier') return expression.name
  if (expression.type !== 'MemberExpression') return undefined
  return expression.property.type === 'Identifier' ? expression.property.name : undefined
}

function textOf(argument: Argument): string | undefined {
  if (argument.type === 'Literal') return typeof argument.value === 'string' ? argument.value : undefined
  if (argument.type === 'TemplateLiteral')
    return argument.quasis.map(({ value }) => value.cooked ?? value.raw).join('…')
  return undefined
}

function textsOf(program: Program): readonly string[] {
  const texts: string[] = []
  new Visitor({
    Literal({ value }) {
      if (typeof value === 'string') texts.push(value)
    },
    TemplateLiteral({ quasis }) {
      texts.push(quasis.map(({ value }) => value.raw).join('…'))
    },
  }).visit(program)
  return texts
}
