/**
 * The look of Licet: everything two pages share.
 *
 * `layout` is the document around a page; `field`, `choice`, `button`, `notice`, `icon` are its parts; `client`,
 * `person`, `destination`, `moment` say who, where and when; `inert` and `href` disarm what strangers wrote. The rules
 * of spacing and colour are in `styles.css` alone. Pages work without JavaScript and hold no inline style or script, so
 * that the content security policy can forbid both.
 */
import { html, type Html } from '../kernel/html.ts'
import { favicon } from './favicon.ts'
import { mark } from './icon.ts'
import { stylesheet } from './stylesheet.ts'
import type { Words } from './words/en.ts'

/** A document to send. */
export interface Document {
  /** The issuer: where every address of ours begins. */
  readonly home: string
  /** The language of the page. */
  readonly words: Words
  /** What the tab says, before the name of the server; plain text. */
  readonly title: string
  /** `narrow`: one thing to do; `wide`: something to read. */
  readonly width: 'narrow' | 'wide'
  /** The page, its one `<h1>` in it. */
  readonly body: Html
  /** What stands opposite the mark at the top: on the person's own pages, which need no link to themselves at the bottom. */
  readonly corner?: Html
  /** What stands at the very end of the document. */
  readonly end?: Html | false
}

/** What is called the same in every language. */
const name = 'Licet'

/** Puts a page into the document that all pages share. */
export function layout({ home, words, title, width, body, corner, end }: Document): Html {
  return html`<!doctype html>
<html lang="${words.tag}" dir="${words.dir}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title} · ${name}</title>
<link rel="stylesheet" href="${home + stylesheet.path}">
<link rel="icon" type="image/svg+xml" href="${home + favicon.path}">
</head>
<body>
<div class="page ${width}">
<header class="top"><span class="brand">${mark}${name}</span>${corner}</header>
<main>${body}</main>
${corner === undefined && html`<footer class="bottom"><a href="${home}/account">${words.layout.applications}</a></footer>`}
</div>
${end}</body>
</html>
`
}
