// The Azure Pipelines task: inputs to arguments, the program's reports to the build, its exit code to the task's
// result. Without dependencies, so that all that runs beside the key can be read here: the agent hands inputs over as
// INPUT_* and reads ##vso commands from standard output.
'use strict';
const fs = require('fs');
const path = require('path');
const {spawn} = require('child_process');
const readline = require('readline');

const variable = name => process.env[name.replace(/[. ]/g, '_').toUpperCase()] || '';
const input = name => (process.env['INPUT_' + name.toUpperCase()] || '').trim();

// https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands
// A value may be printed by a later step, so it must hold no command either: the agent obeys "##vso[" anywhere in a line.
const tame = text => String(text).replace(/##(?=[A-Za-z]*\[)/g, '# #');
const escaped = text => tame(text).replace(/%/g, '%AZP25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
const property = text => escaped(text).replace(/;/g, '%3B').replace(/]/g, '%5D');
function command(name, properties, value) {
  const list = Object.entries(properties).map(([key, text]) => `${key}=${property(text)}`).join(';');
  process.stdout.write(`##vso[${name}${list && ' ' + list}]${escaped(value)}\n`);
}
const output = (name, value) => command('task.setvariable', {variable: name, isOutput: 'true'}, value);

function finish(result, verdict, exitCode, message, record = {}) {
  output('verdict', verdict);
  output('exitCode', exitCode);
  output('batchIds', (record.batches || []).map(batch => batch.batch_id).join(','));
  output('total', record.tally ? record.tally.total : '');
  if (result !== 'Succeeded') command('task.logissue', {type: result === 'Failed' ? 'error' : 'warning'}, message);
  command('task.complete', {result}, message);
}

// The key and the address of the service connection; without one, what the environment of the step says.
function connection(env) {
  const id = input('connection');
  if (!id) return;
  const key = process.env[`ENDPOINT_AUTH_PARAMETER_${id}_APITOKEN`] ||
    (JSON.parse(process.env[`ENDPOINT_AUTH_${id}`] || '{}').parameters || {}).apitoken;
  if (key) {
    command('task.setsecret', {}, key);
    env.KOLEGA_TOKEN = key;
  }
  const url = process.env[`ENDPOINT_URL_${id}`];
  if (url) env.KOLEGA_API_URL = url.replace(/\/+$/, '');
}

// The agent hands every task the token of the job in this way; the program gets it only to write the comment.
function commentToken(env) {
  env.KOLEGA_COMMENT = input('comment') || 'off';
  delete env.SYSTEM_ACCESSTOKEN;
  if (env.KOLEGA_COMMENT === 'off' || env.KOLEGA_COMMENT_TOKEN) return;
  const token = process.env.ENDPOINT_AUTH_PARAMETER_SYSTEMVSSCONNECTION_ACCESSTOKEN ||
    (JSON.parse(process.env.ENDPOINT_AUTH_SYSTEMVSSCONNECTION || '{}').parameters || {}).AccessToken ||
    process.env.SYSTEM_ACCESSTOKEN;
  if (token) env.KOLEGA_COMMENT_TOKEN = token;
}

function argumentsFor(files) {
  const list = ['run', '-o', 'table', '--sarif-profile', 'azure', '-o', `sarif=${files.sarif}`, '-o', `junit=${files.junit}`,
    '-o', `json=${files.record}`, '-o', `markdown=${files.summary}`, '-o', `azure=${files.issues}`];
  const options = {'--policy': input('policy'), '--trusted-policy': input('trustedPolicy'), '--repository': input('repository'),
    '--timeout': input('timeout'), '--mode': input('mode') === 'policy' ? '' : input('mode')};
  for (const [option, value] of Object.entries(options)) if (value) list.push(option, value);
  for (const type of input('scanTypes').split(/\s+/).filter(Boolean)) list.push('--scan-type', type);
  return list;
}

// What the program says is full of anybody's file names and titles.
function show(stream) {
  readline.createInterface({input: stream})
    .on('line', line => process.stdout.write(tame(line) + '\n'));
}

// The program inside the extension; a .vsix keeps no permissions.
function own() {
  const binary = path.join(__dirname, 'bin', 'kolega-gate');
  if (process.arch === 'x64' && fs.existsSync(binary)) fs.chmodSync(binary, 0o755);
  return binary;
}

function run(binary, list, env) {
  return new Promise(resolve => {
    const child = spawn(binary, list, {cwd: variable('Build.SourcesDirectory') || process.cwd(), env,
      stdio: ['ignore', 'pipe', 'pipe']});
    show(child.stdout);
    show(child.stderr);
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
    child.on('error', error => resolve({code: 70, error: error.message}));
    child.on('close', code => resolve({code: code === null ? 70 : code}));
  });
}

// Before the result is set, so that a red gate has its reports too.
function publish(files) {
  // Logging commands, escaped by the program.
  if (fs.existsSync(files.issues)) process.stdout.write(fs.readFileSync(files.issues, 'utf8'));
  if (fs.existsSync(files.summary)) command('task.uploadsummary', {}, files.summary);
  // The "Scans" tab of a build shows what lies in an artifact of this name.
  if (fs.existsSync(files.sarif))
    command('artifact.upload', {containerfolder: 'CodeAnalysisLogs', artifactname: 'CodeAnalysisLogs'}, files.sarif);
  if (fs.existsSync(files.record))
    command('artifact.upload', {containerfolder: 'kolega-gate', artifactname: 'kolega-gate'}, files.record);
  if (fs.existsSync(files.junit))
    command('results.publish', {type: 'JUnit', resultFiles: files.junit, runTitle: 'Kolega gate', mergeResults: 'true'}, '');
}

const meanings = {
  1: 'a blocking rule of the policy is broken',
  2: 'used wrongly, or the policy does not load',
  3: 'the quota is exhausted, nothing was proven',
  4: 'not authenticated, not allowed, or the repository is unknown to this key',
  5: 'the API or the network failed, nothing was proven',
  6: 'the scan is incomplete, nothing was proven',
  7: 'the scan was still running when the timeout ended',
};

async function main() {
  if (process.platform !== 'linux') return finish('Failed', 'incomplete', 2, 'kolega-gate runs on Linux: use a Linux agent');
  // The program gets the one key that it needs; its logging commands come as a file, apart from the log.
  const others = /^(INPUT|ENDPOINT|SECRET|SECUREFILE)_/;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !others.test(name)));
  env.KOLEGA_CI = 'off';
  connection(env);
  commentToken(env);
  if (!env.KOLEGA_TOKEN && !env.KOLEGA_TOKEN_FILE && input('onMissingToken') === 'skip')
    return finish('SucceededWithIssues', 'skipped', 0, 'there is no API key, nothing was scanned or judged');

  const folder = fs.mkdtempSync(path.join(variable('Agent.TempDirectory') || require('os').tmpdir(), 'kolega-gate-'));
  const files = {sarif: path.join(folder, 'kolega-gate.sarif'), junit: path.join(folder, 'junit.xml'),
    record: path.join(folder, 'decision.json'), summary: path.join(folder, 'Kolega gate.md'),
    issues: path.join(folder, 'issues.txt')};
  const binary = input('binary') || own();
  const {code, error} = await run(binary, argumentsFor(files), env);
  publish(files);

  let record;
  try {
    record = JSON.parse(fs.readFileSync(files.record, 'utf8'));
  } catch {
    record = {};
  }
  const passes = ['pass', 'warn', 'allowed_incomplete', 'bypassed'];
  if (code === 0 && passes.includes(record.outcome))
    return finish('Succeeded', record.outcome, code, `verdict ${record.outcome}`, record);
  // Success without a record that bears it out is none.
  const exitCode = code === 0 ? 70 : code;
  const verdict = code === 1 && record.outcome === 'fail' ? 'fail' : 'incomplete';
  const message = error ? `kolega-gate cannot be run: ${error}` : meanings[exitCode] || 'ended unexpectedly';
  const result = verdict === 'fail' && input('onFailure') === 'warn' ? 'SucceededWithIssues' : 'Failed';
  finish(result, verdict, exitCode, `${message} (exit ${exitCode})`, record);
}

main().catch(error => finish('Failed', 'incomplete', 70, `the task failed: ${error.message}`));
