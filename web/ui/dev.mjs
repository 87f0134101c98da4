// Serves a page's build while one works on it, and hands everything under /api on to a running controller or rig:
//   node dev.mjs [--page rack|rig] [--port 18081] [--to http://127.0.0.1:8080]
// Sources are bundled anew when they change; reload the page to see them. Same policy as the server's own.
import { context } from 'esbuild';
import { createServer, request } from 'node:http';
import { readFile } from 'node:fs/promises';
import { copyStatic, options, PAGES } from './build.mjs';

const given = (name, usual) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? usual : process.argv[at + 1];
};
const port = Number(given('port', '18081'));
const target = new URL(given('to', 'http://127.0.0.1:8080'));
const page = PAGES[given('page', 'rack')];
const { dist } = page;
const TYPES = { html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', svg: 'image/svg+xml' };
const POLICY = "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

await copyStatic(page);
await (await context(options(page))).watch();

function handOn(from, to) {
  const headers = { ...from.headers, host: target.host };
  if (headers.origin) headers.origin = target.origin;
  const up = request(new URL(from.url, target), { method: from.method, headers }, (answer) => {
    to.writeHead(answer.statusCode, answer.headers);
    answer.pipe(to);
  });
  up.on('error', () => to.writeHead(502).end());
  to.on('close', () => up.destroy());
  from.pipe(up);
}

createServer(async (from, to) => {
  if (/^\/(api|healthz|metrics|openapi)/.test(from.url)) return handOn(from, to);
  const name = from.url === '/' ? 'index.html' : from.url.slice(1);
  try {
    if (!/^[a-z.]+$/.test(name)) throw new Error('no such file');
    const bytes = await readFile(dist + name);
    to.writeHead(200, { 'content-type': TYPES[name.split('.').pop()], 'content-security-policy': POLICY, 'cache-control': 'no-store' }).end(bytes);
  } catch {
    to.writeHead(404).end();
  }
}).listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port} -> ${target.origin}`));
