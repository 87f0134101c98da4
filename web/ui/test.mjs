// Bundles the unit tests (TypeScript, without a browser) and runs them with node's own runner.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('test/', import.meta.url));
const tests = (await readdir(folder)).filter((name) => name.endsWith('.test.ts')).map((name) => join(folder, name));
const out = await mkdtemp(join(tmpdir(), 'page-tests-'));
try {
  await build({ entryPoints: tests, outdir: out, bundle: true, platform: 'node', format: 'esm', outExtension: { '.js': '.mjs' }, logLevel: 'warning' });
  const files = (await readdir(out)).map((name) => join(out, name));
  process.exitCode = spawnSync(process.execPath, ['--test', ...files], { stdio: 'inherit' }).status ?? 1;
} finally {
  await rm(out, { recursive: true, force: true });
}
