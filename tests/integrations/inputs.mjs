// Every input that a snippet gives must exist in the action, the component, the task, the template or the hooks file.
// Usage: inputs.mjs LAB ROOT SNIPPETS
import fs from 'node:fs';
import path from 'node:path';
const [lab, root, snippets] = process.argv.slice(2);
const {require} = await import(path.join(lab, 'lib/nm.mjs'));
const YAML = require('yaml');
const read = file => fs.readFileSync(path.join(root, file), 'utf8');
const keys = value => Object.keys(value || {});
const known = {
  action: keys(YAML.parse(read('action.yml')).inputs),
  component: keys(YAML.parseAllDocuments(read('templates/kolega-gate.yml'))[0].toJS().spec.inputs),
  task: JSON.parse(read('integrations/azure-pipelines/KolegaGate/task.json')).inputs.map(input => input.name),
  template: YAML.parse(read('integrations/azure-pipelines/steps.yml')).parameters.map(parameter => parameter.name),
  hooks: YAML.parse(read('.pre-commit-hooks.yaml')).map(hook => hook.id),
};
const found = Object.fromEntries(keys(known).map(kind => [kind, 0]));
let bad = 0;
function given(file, kind, names) {
  found[kind]++;
  for (const name of names.filter(name => !known[kind].includes(name))) {
    console.log(`${file}: the ${kind} has no '${name}'`);
    bad = 1;
  }
}
for (const file of fs.readdirSync(snippets).filter(name => name.endsWith('.yaml'))) {
  const snippet = YAML.parse(fs.readFileSync(path.join(snippets, file), 'utf8'));
  for (const job of Object.values(snippet.jobs || {}))
    for (const step of job.steps.filter(step => /\/kolega-gate@/.test(step.uses))) given(file, 'action', keys(step.with));
  for (const include of [snippet.include || []].flat()) given(file, 'component', keys(include.inputs));
  for (const step of snippet.steps || []) {
    if (/^KolegaGate@/.test(step.task)) given(file, 'task', keys(step.inputs));
    if (/steps\.yml@/.test(step.template)) given(file, 'template', keys(step.parameters));
  }
  for (const repo of snippet.repos || []) given(file, 'hooks', repo.hooks.map(hook => hook.id));
}
for (const kind of keys(found).filter(kind => !found[kind])) {
  console.log(`no snippet shows the ${kind}`);
  bad = 1;
}
for (const file of ['integrations/bitbucket/bitbucket-pipelines.yml', '.gitlab-ci.yml']) YAML.parse(read(file));
process.exit(bad);
