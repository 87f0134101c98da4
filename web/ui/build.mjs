// Builds the page into ../dist: exactly four files, the same bytes on every machine. No hashes in the names: the
// server embeds the files and never lets a browser cache them.
import { build } from 'esbuild';
import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const dist = here('../dist/');

export const options = {
  entryPoints: { app: here('src/main.tsx') },
  outdir: dist,
  bundle: true,
  minify: true,
  legalComments: 'none',
  charset: 'utf8',
  target: ['es2021', 'chrome100', 'firefox100', 'safari15.4'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  logLevel: 'warning',
};

export async function copyStatic() {
  await mkdir(dist, { recursive: true });
  for (const name of ['index.html', 'icon.svg']) await copyFile(here(`src/${name}`), `${dist}${name}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await rm(dist, { recursive: true, force: true });
  await copyStatic();
  await build(options);
  const made = (await readdir(dist)).sort().join(' ');
  if (made !== 'app.css app.js icon.svg index.html') throw new Error(`dist holds something else: ${made}`);
}
