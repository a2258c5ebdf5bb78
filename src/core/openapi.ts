import { Elysia, type InternalRoute } from 'elysia'
import swaggerStyle from 'swagger-ui-dist/swagger-ui.css' with { type: 'file' }
import swaggerScript from 'swagger-ui-dist/swagger-ui-bundle.js' with { type: 'file' }
import { components, pathsOf } from '#core/openapi-document'
import { VERSION } from '#core/version'

const TAGS = [
  { name: 'operations', description: 'For machines that watch the process' },
  { name: 'identity', description: 'Accounts and sessions' },
  { name: 'zones', description: 'Operating areas' },
  { name: 'chefs', description: 'Home kitchens' },
  { name: 'menus', description: 'What a kitchen sells' },
  { name: 'quotes', description: 'Prices, frozen for ten minutes' },
  { name: 'orders', description: 'From click to door' },
  { name: 'payments', description: 'Paying for orders' },
  { name: 'drivers', description: 'The people who deliver' },
  { name: 'dispatch', description: 'Who delivers what, and why' },
  { name: 'routing', description: 'Ways on real roads, by the OSRM HTTP protocol (its errors too) and beyond it' },
  { name: 'realtime', description: 'Tickets for the WebSocket' },
  { name: 'admin', description: 'For operations and support' },
]

/** The page at /docs and the OpenAPI 3.1 document at /docs/json. The page's files come from here, not from a CDN. */
export const openApi = () => {
  const plugin = new Elysia({ name: 'openapi', detail: { hide: true } })
  // The routes of the whole app, also of what is mounted after this; complete when the first request comes.
  const routes = () => (plugin as unknown as { getGlobalRoutes(): InternalRoute[] }).getGlobalRoutes()
  let text: string | undefined
  return plugin
    .get('/docs/json', ({ set }) => {
      set.headers['content-type'] = 'application/json'
      text ??= JSON.stringify(documentOf(routes()))
      return text
    })
    .use(docsPage)
}

const documentOf = (routes: readonly InternalRoute[]) => ({
  openapi: '3.1.1',
  info: {
    title: 'RideNDine',
    version: VERSION,
    description: 'A marketplace for home-cooked food: customers order from home chefs, drivers deliver.',
  },
  tags: TAGS,
  paths: pathsOf(routes),
  components,
})

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>RideNDine API</title>
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/assets/start.js"></script>
</body>
</html>`

const START_SCRIPT = `SwaggerUIBundle({
  url: '/docs/json', dom_id: '#docs', deepLinking: true, filter: true, docExpansion: 'none',
  persistAuthorization: true, displayRequestDuration: true, tryItOutEnabled: true,
})`

const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"

const docsPage = new Elysia({ detail: { hide: true } })
  .get('/docs', ({ set }) => {
    set.headers['content-type'] = 'text/html; charset=utf-8'
    set.headers['content-security-policy'] = PAGE_POLICY
    return PAGE
  })
  .get('/docs/assets/start.js', ({ set }) => {
    set.headers['content-type'] = 'text/javascript; charset=utf-8'
    return START_SCRIPT
  })
  .get('/docs/assets/swagger-ui-bundle.js', () => Bun.file(swaggerScript))
  .get('/docs/assets/swagger-ui.css', () => Bun.file(swaggerStyle))
