// Builds both pages, the technician's into ../dist and the rig's into the room that serves it: exactly four files each,
// the same bytes on every machine. No hashes in the names: the servers embed the files and never let a browser cache them.
import { build } from 'esbuild';
import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Each page: its sources and where its build is committed. */
export const PAGES = {
  rack: { source: here('src/'), dist: here('../dist/') },
  rig: { source: here('rig/'), dist: here('../../rack-controller/src/rig_page/dist/') },
};

export const options = ({ source, dist }) => ({
  entryPoints: { app: `${source}main.tsx` },
  outdir: dist,
  bundle: true,
  minify: true,
  legalComments: 'none',
  charset: 'utf8',
  target: ['es2021', 'chrome100', 'firefox100', 'safari15.4'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  logLevel: 'warning',
});

export async function copyStatic({ source, dist }) {
  await mkdir(dist, { recursive: true });
  for (const name of ['index.html', 'icon.svg']) await copyFile(source + name, dist + name);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const page of Object.values(PAGES)) {
    await rm(page.dist, { recursive: true, force: true });
    await copyStatic(page);
    await build(options(page));
    const made = (await readdir(page.dist)).sort().join(' ');
    if (made !== 'app.css app.js icon.svg index.html') throw new Error(`${page.dist} holds something else: ${made}`);
  }
}
