#!/usr/bin/env node
// Runs the program that lies in this package: arguments, streams, signals and the exit code pass through unchanged.
// Nothing is downloaded, at installation or later.
'use strict';
const fs = require('fs');
const os = require('os');
const path = require('path');
const {spawn} = require('child_process');

const program = path.join(__dirname, '..', 'kolega-gate');

// 2: used wrongly. Whatever is wrong here, it must never look like a pass.
function refuse(why) {
  process.stderr.write(`kolega-gate: ${why}\n`);
  process.exit(2);
}

if (process.platform !== 'linux' || process.arch !== 'x64')
  refuse(`this package holds the program for Linux on x64, and this is ${process.platform} on ${process.arch}; others: https://github.com/kolega-ai/kolega-gate/blob/main/docs/install.md`);
if (!fs.existsSync(program)) refuse('the program is missing from this package; install it again');

const child = spawn(program, process.argv.slice(2), {stdio: 'inherit'});
// The program ends by itself after a signal, reports written, with an exit code of its own. A terminal sends its signals
// to both; the program takes a second one right after the first for the same wish.
const signals = ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'];
for (const signal of signals) process.on(signal, () => child.kill(signal));
// npm hands a signal to the shell that it starts us in, which dies of it without a word to us. So under npm the end of
// that shell is the signal; elsewhere a parent may end before us, as it does after nohup.
if (process.env.npm_command) {
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || child.kill('SIGTERM'), 200).unref();
}
child.on('error', error => refuse(`cannot be started: ${error.message}`));
child.on('exit', (code, signal) => {
  if (code !== null) process.exit(code);
  // Killed: end in the same way, so that a shell sees the same.
  for (const each of signals) process.removeAllListeners(each);
  process.kill(process.pid, signal);
  setTimeout(() => process.exit(128 + (os.constants.signals[signal] || 0)), 1000);
});
