/** A readable page of a plugin's routes, made in the browser from its `openapi.json`; needs no network. */
export function docsPage(title: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>
body{font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem;color:#1d2733;background:#fff}
h1{margin-bottom:0}code,pre{font:14px/1.5 ui-monospace,monospace}pre{background:#f3f5f8;padding:1rem;overflow:auto;border-radius:6px}
article{border:1px solid #d8dee6;border-radius:8px;padding:.5rem 1rem;margin:1rem 0}
.method{font-weight:700;color:#0b5cad;margin-right:.75rem}.muted{color:#5b6875}
@media (prefers-color-scheme:dark){body{color:#e4e9ee;background:#12171d}pre{background:#1b222b}article{border-color:#303a46}.method{color:#6db3f2}.muted{color:#98a5b3}}
</style></head><body><main id="main"><p class="muted">Loading openapi.json ...</p></main>
<script type="module">
const main = document.getElementById('main')
const element = (tag, text, className) => Object.assign(document.createElement(tag), { textContent: text, className: className ?? '' })
const api = await (await fetch('openapi.json')).json()
main.replaceChildren(element('h1', api.info.title), element('p', 'Version ' + api.info.version, 'muted'), element('p', api.info.description ?? ''))
for (const [path, methods] of Object.entries(api.paths)) for (const [method, operation] of Object.entries(methods)) {
  const article = document.createElement('article')
  const title = document.createElement('h3')
  title.append(element('span', method.toUpperCase(), 'method'), element('code', path))
  article.append(title, element('p', operation.summary ?? operation.operationId))
  if (operation.description) article.append(element('p', operation.description))
  article.append(element('p', operation.security?.length ? 'Needs a key' : 'Open to everybody', 'muted'))
  for (const parameter of operation.parameters ?? []) article.append(element('p', parameter.in + ' parameter ' + parameter.name + (parameter.required ? ' (required)' : '')))
  const body = operation.requestBody?.content['application/json'].schema
  if (body) article.append(element('p', 'Body'), element('pre', JSON.stringify(body, null, 2)))
  main.append(article)
}
</script></body></html>
`
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
