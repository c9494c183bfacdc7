// The snippets of the README and of the pages under docs: scripts parse, YAML loads, complete policies pass `policy check`,
// inputs exist, and every command line of the program names a command and options that its own help knows.
// Usage: pages.mjs LAB ROOT GATE
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {spawnSync} from 'node:child_process';
const [lab, root, gate] = process.argv.slice(2);
const {require} = await import(path.join(lab, 'lib/nm.mjs'));
const YAML = require('yaml');
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'kolega-pages-'));
const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md',
  ...fs.readdirSync(path.join(root, 'docs')).filter(name => name.endsWith('.md')).map(name => `docs/${name}`),
  ...fs.readdirSync(path.join(root, 'docs/ci')).map(name => `docs/ci/${name}`)];
const inputs = Object.keys(YAML.parse(fs.readFileSync(path.join(root, 'action.yml'), 'utf8')).inputs);
const seen = {scripts: 0, yaml: 0, policies: 0, commands: 0};
let bad = 0;
const fail = text => {
  console.log(text);
  bad = 1;
};
const run = (program, words, options = {}) => spawnSync(program, words, {encoding: 'utf8', cwd: work, ...options});

const helps = new Map();
function help(words) { // of the command that the first words name
  const key = words.join(' ');
  if (!helps.has(key)) {
    const result = run(gate, [...words, '--help']);
    helps.set(key, result.status === 0 ? result.stdout : '');
  }
  return helps.get(key);
}
// Good enough for the lines of a manual: comments, quotes, pipes and redirections.
function wordsOf(line) {
  const words = [];
  for (const [word] of line.matchAll(/'[^']*'|"[^"]*"|[^\s'"]+/g)) {
    if (/^(#|\||>|&&|;|2>|<)/.test(word)) break;
    words.push(word.replace(/^['"]|['"]$/g, ''));
  }
  return words;
}
function checkCommand(where, line) {
  seen.commands++;
  const words = wordsOf(line);
  const plain = words.filter(word => /^[a-z-]+$/.test(word) && !word.startsWith('-'));
  const name = [plain.slice(0, 2), plain.slice(0, 1)].find(list => list.length > 0 && list.every((word, i) => words[i] === word) && help(list));
  if (!name) {
    if (!/^(--help$|--version$|COMMAND$)/.test(words[0] || '')) fail(`${where}: no such command: kolega-gate ${line}`);
    return;
  }
  for (const word of words.slice(name.length).filter(word => /^--?[a-z]/i.test(word))) {
    const option = word.startsWith('--') ? word.replace(/=.*/, '') : word.slice(0, 2);
    if (!new RegExp(`(^|[\\s,])${option}([\\s,=\\[]|$)`, 'm').test(help(name))) fail(`${where}: '${name.join(' ')}' has no ${option}`);
  }
}
function commandsIn(where, text) {
  for (const line of text.replace(/\\\n\s*/g, ' ').split('\n')) {
    const match = /^(?:\$ )?(?:[A-Z_]+=\S+ )*kolega-gate (.*)$/.exec(line.trim());
    if (match) checkCommand(where, match[1]);
  }
}
function checkYaml(where, text) {
  seen.yaml++;
  let value;
  try {
    value = YAML.parse(text);
  } catch (error) {
    return fail(`${where}: ${error.message}`);
  }
  if (/^gate: v1/m.test(text) && (value.rules || value.thresholds)) {
    seen.policies++;
    fs.writeFileSync(path.join(work, 'policy.yaml'), text);
    const checked = run(gate, ['policy', 'check', 'policy.yaml']);
    if (checked.status !== 0) fail(`${where}: ${checked.stderr}`);
  }
  for (const step of Array.isArray(value) ? value : [])
    for (const name of /\/kolega-gate@/.test(step.uses) ? Object.keys(step.with || {}) : [])
      if (!inputs.includes(name)) fail(`${where}: the action has no '${name}'`);
}
for (const page of pages) {
  const text = fs.readFileSync(path.join(root, page), 'utf8');
  let number = 0;
  for (const [, language, block] of text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)) {
    const where = `${page}, ${language} block ${++number}`;
    if (language === 'yaml') checkYaml(where, block);
    if (language === 'json') JSON.parse(block);
    if (language === 'sh') {
      seen.scripts++;
      const checked = run('shellcheck', ['--shell=sh', '-'], {input: block});
      if (checked.status !== 0) fail(`${where}: ${checked.stdout}`);
    }
    if (language === 'sh' || language === 'console') commandsIn(where, block);
  }
  for (const [, line] of text.matchAll(/`kolega-gate ([^`\n]+)`/g)) checkCommand(`${page}, inline`, line);
  for (const [, target] of text.matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g))
    if (!fs.existsSync(path.join(root, path.dirname(page), target))) fail(`${page}: there is no ${target}`);
}
for (const [kind, count] of Object.entries(seen)) if (count === 0) fail(`no ${kind} were found`);
fs.rmSync(work, {recursive: true});
console.log(Object.entries(seen).map(([kind, count]) => `${count} ${kind}`).join(', '));
process.exit(bad);
