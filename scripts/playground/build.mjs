// Builds assets/playground from the npm packages pinned in package-lock.json:
//
//   cd scripts/playground && npm ci && npm run build
//
// Output: one script, one style sheet, the page, the icon, the licences of everything bundled, and SHA256SUMS.
// Script and style sheet are kept compressed, as they are served. The result stands in the repository, so that
// building the service needs no Node.

import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, '../../assets/playground');

const { outputFiles, metafile } = await build({
  absWorkingDir: here,
  stdin: {
    contents: `import 'graphiql/style.css'; import './src/playground.css'; import './src/playground.jsx';`,
    resolveDir: here,
  },
  bundle: true,
  write: false,
  metafile: true,
  outdir: out,
  entryNames: 'playground',
  format: 'iife',
  target: 'es2022',
  minify: true,
  jsx: 'automatic',
  legalComments: 'none',
  alias: { 'react-style-singleton': join(here, 'src/style-singleton.js') },
  define: { 'process.env.NODE_ENV': '"production"' },
  plugins: [{ name: 'system-fonts', setup: useSystemFonts }],
});

/** The first 16 hex digits of the SHA-256: enough to tell two builds of one file apart in a URL. */
const version = bytes => createHash('sha256').update(bytes).digest('hex').slice(0, 16);
const output = name => outputFiles.find(file => file.path.endsWith(name)).contents;

const script = output('playground.js');
const style = output('playground.css');
const page = (await readFile(join(here, 'src/index.html'), 'utf8'))
  .replace('{js}', version(script))
  .replace('{css}', version(style));

const files = {
  'icon.svg': await readFile(join(here, 'src/icon.svg')),
  'index.html': page,
  'playground.css.gz': gzipSync(style, { level: 9 }),
  'playground.js.gz': gzipSync(script, { level: 9 }),
  'LICENSES.txt': await licences(Object.keys(metafile.inputs)),
};

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
let sums = '';
for (const name of Object.keys(files).sort()) {
  await writeFile(join(out, name), files[name]);
  sums += `${createHash('sha256').update(files[name]).digest('hex')}  ${name}\n`;
}
await writeFile(join(out, 'SHA256SUMS'), sums);

/** Leaves GraphiQL's own fonts out: they are nine tenths of its style sheet, and every system has good ones. */
function useSystemFonts({ onLoad }) {
  onLoad({ filter: /graphiql\/dist\/style\.css$/ }, async ({ path }) => ({
    contents: (await readFile(path, 'utf8')).replace(/@font-face\s*\{[^}]*\}/g, ''),
    loader: 'css',
  }));
}

/** Name, version and licence text of every package of which at least one file is in the bundle. */
async function licences(inputs) {
  const packages = new Set(
    inputs.map(input => input.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0]).filter(Boolean),
  );
  let text = 'The playground (playground.js, playground.css) contains these packages:\n';
  for (const folder of [...packages].sort()) {
    const { name, version, license } = JSON.parse(await readFile(join(here, folder, 'package.json'), 'utf8'));
    const file = (await readdir(join(here, folder))).find(entry => /^licen[cs]e/i.test(entry));
    const terms = file === undefined ? '' : `\n${(await readFile(join(here, folder, file), 'utf8')).trim()}\n`;
    text += `\n${'-'.repeat(80)}\n${name} ${version} (${license})\n${terms}`;
  }
  return text;
}
