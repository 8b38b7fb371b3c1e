/** The frame of every page. */
import { type Html, html } from './html.js'

/** styles: further files of assets/. */
export function layout(title: string, version: string, content: Html, styles: readonly string[] = []): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="/assets/wardbridge.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/wardbridge.css">${styles.map(
    (name) => html`
<link rel="stylesheet" href="/assets/${name}">`
  )}
</head>
<body>
<a class="skip" href="#content">Skip to content</a>
<header class="bar">
<a class="brand" href="/"><img src="/assets/wardbridge.svg" alt="" width="36" height="36">Wardbridge</a>
<nav aria-label="Main">
<a href="/mappings">Mappings</a>
<a href="/docs">API</a>
<a href="/fhir/metadata?_pretty=true&amp;_format=application/json">Capabilities</a>
</nav>
</header>
<main id="content">${content}</main>
<footer>Wardbridge ${version} · FHIR R4 (4.0.1) · Apache-2.0</footer>
</body>
</html>
`.text
}
