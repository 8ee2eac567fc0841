// Names what changed in `schema.graphql` since a commit (HEAD~1, unless another is given), by the judgement of
// graphql-inspector.
//
//   npm ci && node changes.mjs [COMMIT]
//
// The rule: whoever breaks clients says so. Every change that graphql-inspector calls breaking is named here, and it fails
// this run only if CHANGELOG.md has no new line under `[Unreleased]` that says "Breaking": new is one that the other commit
// does not have there, so that yesterday's line does not speak for today's change. What is merely dangerous (a new enum
// value, another default) is named and never fails.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildSchema } from 'graphql';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
const now = file => readFileSync(`${root}/${file}`, 'utf8');

/** The lines under `[Unreleased]` that say "Breaking". */
function admissions(changelog) {
  const [, unreleased = ''] = changelog.split(/^## \[Unreleased\].*$/m);
  const [section] = unreleased.split(/^## /m);
  return section.split('\n').filter(line => /\bbreaking\b/i.test(line));
}

const given = process.argv[2];
const base = given ?? 'HEAD~1';
let commit;
try {
  commit = git('rev-parse', '--verify', '--short', `${base}^{commit}`).trim();
} catch {
  // The first commit has none before it, nor has a clone that was cut short.
  console.log(`schema.graphql: not compared, there is no commit ${base} here`);
  process.exit(given === undefined ? 0 : 1);
}

const [old, oldLines] = [git('show', `${commit}:schema.graphql`), admissions(git('show', `${commit}:CHANGELOG.md`))];
const changes = await diff(buildSchema(old), buildSchema(now('schema.graphql')));
const graded = level => changes.filter(change => change.criticality.level === level);
const [breaking, dangerous] = [graded(CriticalityLevel.Breaking), graded(CriticalityLevel.Dangerous)];
for (const [word, list] of [['breaking', breaking], ['dangerous', dangerous]]) {
  for (const { path, message } of list) console.log(`${word}: ${path}: ${message}`);
}
console.log(
  `schema.graphql since ${commit}: ${changes.length} changes, ${breaking.length} breaking, ${dangerous.length} dangerous`,
);

const told = admissions(now('CHANGELOG.md')).filter(line => !oldLines.includes(line));
if (breaking.length > 0 && told.length === 0) {
  console.log('CHANGELOG.md has no new line under [Unreleased] that says "Breaking"');
  process.exit(1);
}
