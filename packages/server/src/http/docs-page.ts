import { createHash } from 'node:crypto'
import { z } from 'zod'
import { docsStyle } from './docs-style.ts'

/** As much of an OpenAPI document as the page shows. */
const media = z.object({ schema: z.unknown().optional(), example: z.unknown().optional() })
const content = z.record(z.string(), media)
const operation = z.object({
  operationId: z.string(),
  tags: z.array(z.string()),
  summary: z.string(),
  description: z.string(),
  security: z.array(z.unknown()),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.string(),
        required: z.boolean(),
        description: z.string().optional(),
        schema: z.unknown(),
      }),
    )
    .optional(),
  requestBody: z.object({ content }).optional(),
  responses: z.record(
    z.string(),
    z.object({ description: z.string(), content: content.optional() }),
  ),
})
const document = z.object({
  info: z.object({ title: z.string(), version: z.string(), description: z.string() }),
  tags: z.array(z.object({ name: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({
    securitySchemes: z.object({ bearerAuth: z.object({ description: z.string() }) }),
  }),
})

type Operation = z.output<typeof operation>
interface Shown extends Operation {
  readonly method: string
  readonly path: string
}

export interface DocsPage {
  readonly html: string
  /** For the content security policy: the page has one style sheet and no script. */
  readonly styleHash: string
}

/** The API's documentation as one page that needs nothing from elsewhere: no script, no font, no request. */
export function renderDocs(openApi: object): DocsPage {
  const { info, tags, paths, components } = document.parse(openApi)
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, one]): Shown => ({ ...one, method: method.toUpperCase(), path }),
    ),
  )
  const sections = tags.map(({ name }) => ({
    name,
    shown: all.filter((one) => one.tags.includes(name)),
  }))
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(info.title)} API</title>
<style>${docsStyle}</style>
</head>
<body>
<header>
<h1>${text(info.title)} API <small>${text(info.version)}</small></h1>
<p>${prose(info.description)}</p>
<p>Machine-readable: <a href="/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
</header>
<nav aria-label="Calls"><ul>
${sections.map(({ name, shown }) => `<li>${text(name)}<ul>${shown.map(link).join('')}</ul></li>`).join('\n')}
</ul></nav>
<main>
<section><h2 id="proof">Session proof</h2><p>${prose(components.securitySchemes.bearerAuth.description)}</p></section>
${sections.map(({ name, shown }) => `<section><h2>${text(name)}</h2>${shown.map(article).join('\n')}</section>`).join('\n')}
</main>
</body>
</html>
`
  return { html, styleHash: `sha256-${createHash('sha256').update(docsStyle).digest('base64')}` }
}

function link(one: Shown): string {
  return `<li><a href="#${text(one.operationId)}"><code>${one.method} ${text(one.path)}</code></a></li>`
}

function article(one: Shown): string {
  const access =
    one.security.length > 0 ? 'Needs the <a href="#proof">session proof</a>.' : 'Open to anybody.'
  return `<article id="${text(one.operationId)}">
<h3><code>${one.method} ${text(one.path)}</code> ${text(one.summary)}</h3>
<p>${prose(one.description)} ${access}</p>
${parameters(one)}${body(one)}
<h4>Answers</h4>
<dl>${Object.entries(one.responses).map(answer).join('')}</dl>
</article>`
}

function parameters({ parameters: given = [] }: Shown): string {
  if (given.length === 0) return ''
  const rows = given.map(
    (one) =>
      `<tr><td><code>${text(one.name)}</code></td><td>${text(one.in)}${one.required ? ', required' : ''}</td><td>${text(one.description ?? '')}</td><td>${json(one.schema)}</td></tr>`,
  )
  return `<h4>Parameters</h4><table><thead><tr><th>name</th><th>in</th><th>meaning</th><th>form</th></tr></thead><tbody>${rows.join('')}</tbody></table>`
}

function body({ requestBody }: Shown): string {
  if (requestBody === undefined) return ''
  const types = Object.keys(requestBody.content).map((type) => `<code>${text(type)}</code>`)
  return `<h4>Body</h4><p>${types.join(' or ')}</p>${shapes(requestBody.content)}`
}

function answer([status, one]: [string, Operation['responses'][string]]): string {
  const shape = status.startsWith('2') && one.content ? shapes(one.content) : ''
  return `<dt>${text(status)}</dt><dd>${prose(one.description)}${shape}</dd>`
}

/** Every media type of a call has the same shape, so the first stands for all. */
function shapes(of: z.output<typeof content>): string {
  const [first] = Object.values(of)
  if (first === undefined) return ''
  const example = first.example === undefined ? '' : `<p>Example</p>${json(first.example)}`
  return `${example}<details><summary>Schema</summary>${json(first.schema)}</details>`
}

function json(value: unknown): string {
  return `<pre>${text(JSON.stringify(value, undefined, 2))}</pre>`
}

/** Paragraphs, indented blocks and \`code\` of the descriptions. */
function prose(words: string): string {
  return text(words)
    .split('\n\n')
    .map((part) => (part.startsWith('    ') ? `<pre>${part.replace(/^ {4}/gm, '')}</pre>` : part))
    .join('<br>')
    .replace(/`([^`]+)`/g, '<code>$1</code>')
}

function text(raw: string): string {
  return raw
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
