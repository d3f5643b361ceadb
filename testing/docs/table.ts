/** Prints a Markdown table; a `|` in a cell is escaped. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n')
}

/** What stands under the title of every printed document. */
export function printedFrom(source: string): string {
  return `Printed from ${source} by \`npm run docs\`; change it there.`
}

/** Links a file by its path from the root, in a document that lies one folder below it, or in the root itself. */
export function linked(path: string, from: 'docs' | 'root' = 'docs'): string {
  return `[${path}](${from === 'docs' ? '../' : ''}${path})`
}
