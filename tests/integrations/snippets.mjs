// Writes every fenced block of the pages in a folder to a file: PAGE-NUMBER.LANGUAGE. Usage: snippets.mjs PAGES OUT
import fs from 'node:fs';
import path from 'node:path';
const [pages, out] = process.argv.slice(2);
fs.mkdirSync(out, {recursive: true});
for (const page of fs.readdirSync(pages).filter(name => name.endsWith('.md'))) {
  let number = 0;
  for (const [, language, text] of fs.readFileSync(path.join(pages, page), 'utf8').matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm))
    fs.writeFileSync(path.join(out, `${path.basename(page, '.md')}-${++number}.${language}`), text);
}
