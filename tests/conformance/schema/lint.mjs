// Lints `schema.graphql` by the rules of `eslint.config.mjs`; fails on any finding.
//
//   npm ci && node lint.mjs

import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const eslint = new ESLint({ cwd: root, overrideConfigFile: fileURLToPath(new URL('eslint.config.mjs', import.meta.url)) });
const { rules } = await eslint.calculateConfigForFile('schema.graphql');
const results = await eslint.lintFiles(['schema.graphql']);

const findings = results.flatMap(result => result.messages);
for (const { line, column, ruleId, message } of findings) {
  console.log(`schema.graphql:${line}:${column}: ${message} (${ruleId})`);
}
console.log(`schema.graphql: ${Object.keys(rules).length} rules, ${findings.length} findings`);
process.exit(results.length === 1 && findings.length === 0 ? 0 : 1);
