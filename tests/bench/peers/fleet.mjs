// A fleet as a node user would gate it: WORKERS workers take repository after repository from a list.
// fleet.mjs URL WORKERS; prints counts of all findings; a 429 is tried again after Retry-After, five times.
const [url, workers] = [process.argv[2], Number(process.argv[3])];
const headers = { Authorization: `Bearer ${process.env.KOLEGA_TOKEN}`, 'Content-Type': 'application/json' };
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function call(path, options = {}) {
  for (let attempt = 0; ; ++attempt) {
    const answer = await fetch(`${url}/api/v1/repositories${path}`, { headers, ...options });
    if (answer.status === 429 && attempt < 5) {
      await answer.text();
      await sleep(1000 * Number(answer.headers.get('retry-after') ?? 1));
      continue;
    }
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return answer.json();
  }
}

const repositories = [];
for (let skip = 0, more = true; more; skip += 200) {
  const page = await call(`?limit=200&skip=${skip}`);
  repositories.push(...page.items.map((item) => item.id));
  more = page.has_next;
}
const counts = {};
let lost = 0;
async function gate(id) {
  const { batch_id: batch } = await call(`/${id}/scans`, { method: 'POST', body: '{"scan_type":"semgrep_scan"}' });
  for (;;) {
    const { status } = await call(`/${id}/scans/${batch}/progress`);
    if (status === 'completed') break;
    await sleep(5000);
  }
  for (const f of (await call(`/${id}/scans/${batch}/results`)).findings)
    counts[f.severity] = (counts[f.severity] ?? 0) + 1;
}
async function work() {
  for (let id; (id = repositories.pop());) {
    try { await gate(id); } catch (error) { ++lost; console.error(String(error)); }
  }
}
await Promise.all(Array.from({ length: workers }, work));
console.log(JSON.stringify({ counts, lost }));
process.exitCode = lost ? 3 : (counts.critical ?? 0) > 0 ? 1 : 0;
