/**
 * The look of Licet: everything two pages share.
 *
 * `layout` is the document around a page, and `card` a page that is one card. `field`, `choice`, `button`, `notice`,
 * `icon` are its parts; `client`, `person`, `destination`, `moment` say who, where and when; `inert` and `href` disarm
 * what strangers wrote. The rules of spacing and colour are in `styles.css` alone. Pages work without JavaScript and
 * hold no inline style or script, so that the content security policy can forbid both.
 */
import { html, type Html } from '../kernel/html.ts'
import type { Brand } from './brand.ts'
import { mark } from './icon.ts'
import type { Words } from './words/en.ts'

/** What every page is shown with. */
export interface PageView {
  /** The issuer: where every address of ours begins. */
  readonly home: string
  /** The language of the page. */
  readonly words: Words
}

/** A document to send. */
export interface Document {
  /** What the tab says, before the name of the server; plain text. */
  readonly title: string
  /** `narrow`: one thing to do; `wide`: something to read. */
  readonly width: 'narrow' | 'wide'
  /** The page, its one `<h1>` in it. */
  readonly body: Html
  /** What stands opposite the mark at the top: on the person's own pages, which need no link to themselves at the bottom. */
  readonly corner?: Html
  /** What stands at the very end of the document. */
  readonly end?: Html | false | undefined
}

/** Puts a page into the document that all pages share, in the name that its words are spoken in. */
export function layout({ home, words }: PageView, { title, width, body, corner, end }: Document): Html {
  const { brand } = words
  return html`<!doctype html>
<html lang="${words.tag}" dir="${words.dir}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title} · ${brand.name}</title>
<link rel="stylesheet" href="${home + brand.stylesheet}">
<link rel="icon" type="${brand.favicon.content_type}" href="${home + brand.favicon.path}">
</head>
<body>
<div class="page ${width}">
<header class="top"><span class="brand">${emblem(brand, home)}</span>${corner}</header>
<main>${body}</main>
${bottom(words, corner === undefined && html`<a href="${home}/account">${words.layout.applications}</a>`)}
</div>
${end}</body>
</html>
`
}

/** Shows whose page it is: by the logo, which has its owner's name as its text, or else by the name. */
function emblem({ name, logo, is_ours }: Brand, home: string): Html {
  if (logo === undefined) return html`${is_ours && mark}<bdi>${name}</bdi>`
  const { light, dark } = logo
  const image = html`<img class="logo" src="${home + light.path}" alt="${name}" width="${shownSize(light).width}" height="${shownSize(light).height}">`
  if (dark === undefined) return image
  const { width, height } = shownSize(dark)
  return html`<picture><source media="(prefers-color-scheme: dark)" srcset="${home + dark.path}" width="${width}" height="${height}">${image}</picture>`
}

/** How many pixels of the file make one of the page: sharp on phones, too. */
const density = 3

function shownSize({ width, height }: NonNullable<Brand['logo']>['light']): { width: number; height: number } {
  return { width: Math.ceil(width / density), height: Math.ceil(height / density) }
}

/** What stands at the bottom: the way to the person’s own page, what an operator links to, and whose server it is. */
function bottom({ brand, layout: words }: Words, own: Html | false): Html | undefined {
  const { links, footer, run_by } = brand
  if (own === false && links.length === 0 && footer === undefined && run_by === undefined) return undefined
  const said = run_by && words.run_by(html`<bdi>${run_by.name}</bdi>`, html`<bdi class="host">${run_by.host}</bdi>`)
  return html`<footer class="bottom">${own}${links.length > 0 && html`<ul>${links.map(({ text, href }) => html`<li><a href="${href}" rel="noreferrer">${text}</a></li>`)}</ul>`}${footer !== undefined && html`<p dir="auto">${footer}</p>`}${said && html`<p id="run-by">${said}</p>`}</footer>`
}
