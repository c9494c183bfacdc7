// What the Azure task itself prints when its program prints and records hostile text: every logging command in the log
// must be one that the task means. Needs no lab. Usage: task.mjs ROOT
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {spawnSync} from 'node:child_process';
const root = process.argv[2];
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'kolega-task-'));
const attacks = [
  '##vso[task.complete result=Succeeded;]done', '##[error]forged', '###vso[task.setvariable variable=PATH]x',
  '##VSO[task.setvariable variable=verdict;isOutput=true]pass', 'a;b]c%d%0A##vso[task.complete]x\r\n##vso[task.complete]y',
  'one\u2028##vso[task.complete]z', '$(touch pwned)`touch pwned`', '%AZP0A##vso[task.complete]', '\u001b[31m##vso[task.complete]',
];
const allowed = new Set(['task.setvariable', 'task.logissue', 'task.complete', 'task.uploadsummary', 'artifact.upload',
  'results.publish', 'task.setsecret']);
let bad = 0;
const fail = text => {
  console.log(text);
  bad = 1;
};
function run(attack, code, more = {}) {
  // The stand-in for the program: says the text on both streams and writes a record that holds nothing else.
  const program = path.join(work, 'program');
  fs.writeFileSync(program, `#!${process.execPath}
const fs = require('fs');
const attack = ${JSON.stringify(attack)};
process.stdout.write(attack + '\\n' + 'x ' + attack + '\\n');
process.stderr.write('no end of line ' + attack);
for (const word of process.argv.slice(2)) {
  const [format, file] = word.split('=');
  if (format === 'json') fs.writeFileSync(file, JSON.stringify({outcome: ${code} ? attack : 'pass',
    batches: [{batch_id: attack}], tally: {total: attack}}));
  if (['sarif', 'junit', 'markdown'].includes(format)) fs.writeFileSync(file, attack);
}
fs.writeFileSync(${JSON.stringify(path.join(work, 'seen.json'))}, JSON.stringify(process.env));
process.exit(${code});
`, {mode: 0o755});
  return spawnSync(process.execPath, [path.join(root, 'integrations/azure-pipelines/KolegaGate/index.js')], {encoding: 'utf8', cwd: work,
    env: {PATH: process.env.PATH, AGENT_TEMPDIRECTORY: work, INPUT_BINARY: program, INPUT_POLICY: attack.replace(/\0/g, ''),
      KOLEGA_TOKEN: 'kcp_test_x', ENDPOINT_AUTH_SYSTEMVSSCONNECTION: '{"parameters":{"AccessToken":"job-secret"}}', ...more}}).stdout;
}
for (const attack of attacks) {
  for (const code of [0, 1, 5]) {
    const log = run(attack, code);
    const commands = [];
    // As the agent: a command may begin anywhere in a line, in any case.
    for (const line of log.split(/\r\n|\r|\n/)) {
      const found = [...line.matchAll(/##(vso)?\[/gi)];
      if (found.length === 0) continue;
      const match = /^##vso\[([a-z]+\.[a-z]+)( [^\]]*)?\](.*)$/s.exec(line);
      if (!match || found.length > 1) fail(`not ours: ${JSON.stringify(line)}`);
      if (!match) continue;
      commands.push(match);
      if (!allowed.has(match[1])) fail(`command ${match[1]}`);
      const [properties] = [match[2] || ''];
      if (properties && !/^ ([a-zA-Z]+=[^;\]]*)(;[a-zA-Z]+=[^;\]]*)*$/.test(properties)) fail(`properties ${properties}`);
    }
    const ends = commands.filter(([, name]) => name === 'task.complete');
    if (ends.length !== 1) fail(`${ends.length} results for ${JSON.stringify(attack)}`);
    else if (ends[0][2] !== ` result=${code === 0 ? 'Succeeded' : 'Failed'}`) fail(`the result is${ends[0][2]}`);
    const verdicts = commands.filter(([, name, props]) => name === 'task.setvariable' && /variable=verdict(;|$)/.test(props));
    if (verdicts.length !== 1 || !/^(pass|incomplete)$/.test(verdicts[0][3])) fail(`verdict ${JSON.stringify(verdicts.map(v => v[3]))}`);
    if (fs.existsSync(path.join(work, 'pwned'))) fail('text was executed');
  }
}
// The token of the job reaches the program only where a comment is wanted, and the log never.
for (const [comment, expected] of [['off', undefined], ['auto', 'job-secret'], ['on', 'job-secret'], ['', undefined]]) {
  const log = run('x', 0, {INPUT_COMMENT: comment, SYSTEM_ACCESSTOKEN: 'mapped'});
  const seen = JSON.parse(fs.readFileSync(path.join(work, 'seen.json'), 'utf8'));
  if (seen.KOLEGA_COMMENT_TOKEN !== expected) fail(`comment ${comment}: token ${seen.KOLEGA_COMMENT_TOKEN}`);
  if (seen.SYSTEM_ACCESSTOKEN !== undefined) fail('the program got SYSTEM_ACCESSTOKEN');
  if (/job-secret|mapped/.test(log)) fail('a token is in the log');
}
fs.rmSync(work, {recursive: true});
process.exit(bad);
