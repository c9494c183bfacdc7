// The gate that a user would write in node with nothing but what it brings along.
// gate.mjs online URL REPOSITORY POLL_SECONDS SARIF JUNIT | gate.mjs offline RESULTS SARIF JUNIT | gate.mjs sarif FILE
// NODE_EXTRA_CA_CERTS names the test's own authority.
import { createWriteStream, readFileSync } from 'node:fs';
import { once } from 'node:events';

const limits = { critical: 0, high: 0, medium: 10 };
const levels = { critical: 'error', high: 'error', medium: 'warning' };

async function fetchFindings(url, repository, wait) {
  const headers = { Authorization: `Bearer ${process.env.KOLEGA_TOKEN}`, 'Content-Type': 'application/json' };
  const call = async (path, options = {}) => {
    const answer = await fetch(`${url}/api/v1/repositories/${repository}/scans${path}`, { headers, ...options });
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return answer.json();
  };
  const { batch_id: batch } = await call('', { method: 'POST', body: '{"scan_type":"semgrep_scan"}' });
  let status;
  for (;;) {
    ({ status } = await call(`/${batch}/progress`));
    if (['completed', 'partial_failure', 'failed'].includes(status)) break;
    await new Promise((resolve) => setTimeout(resolve, wait * 1000));
  }
  if (status !== 'completed') throw new Error(`the scan ended ${status}`);
  return (await call(`/${batch}/results`)).findings;
}

// In parts: one string of everything would not fit at a million findings.
async function write(path, head, findings, separator, piece, tail) {
  const out = createWriteStream(path);
  let part = head;
  for (let i = 0; i < findings.length; ++i) {
    part += (i ? separator : '') + piece(findings[i]);
    if (part.length > 1 << 20) {
      if (!out.write(part)) await once(out, 'drain');
      part = '';
    }
  }
  out.end(part + tail);
  await once(out, 'close');
}

const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\n': '&#10;' };
const xml = (text) => text.replace(/[&<>"\n]/g, (c) => entities[c]);

async function report(findings, sarif, junit) {
  const rules = new Map();
  for (const f of findings) if (!rules.has(f.check_id)) rules.set(f.check_id, rules.size);
  const driver = { name: 'kolega', rules: [...rules.keys()].map((id) => ({ id })) };
  await write(sarif, `{"version":"2.1.0","runs":[{"tool":{"driver":${JSON.stringify(driver)}},"results":[`, findings,
    ',', (f) => JSON.stringify({
      ruleId: f.check_id, ruleIndex: rules.get(f.check_id), level: levels[f.severity] ?? 'note',
      message: { text: f.message },
      locations: [{ physicalLocation: { artifactLocation: { uri: f.file_path } } }],
      partialFingerprints: { 'kolega/v1': f.fingerprint },
    }), ']}]}');
  const count = findings.length;
  await write(junit, `<testsuites><testsuite name="kolega" tests="${count}" failures="${count}">\n`, findings, '',
    (f) => `<testcase classname="${xml(f.file_path)}" name="${xml(f.check_id)}"><failure type="${xml(f.severity)}" ` +
      `message="${xml(f.message)}">${xml(f.message)}</failure></testcase>\n`, '</testsuite></testsuites>\n');
}

const [mode, ...words] = process.argv.slice(2);
if (mode === 'sarif') {
  let errors = 0;
  for (const run of JSON.parse(readFileSync(words[0], 'utf8')).runs)
    for (const result of run.results) if (result.level === 'error') ++errors;
  console.log(errors);
  process.exitCode = errors ? 1 : 0;
} else {
  const findings = mode === 'online' ? await fetchFindings(words[0], words[1], Number(words[2]))
    : JSON.parse(readFileSync(words[0], 'utf8')).findings;
  await report(findings, words.at(-2), words.at(-1));
  const counts = {};
  for (const f of findings) counts[f.severity] = (counts[f.severity] ?? 0) + 1;
  console.log(JSON.stringify(counts));
  process.exitCode = Object.entries(limits).some(([name, most]) => (counts[name] ?? 0) > most) ? 1 : 0;
}
