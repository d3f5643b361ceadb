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
