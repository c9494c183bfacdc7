// Filters and sorts the table of findings. The page is complete without it.
(() => {
  'use strict';
  const table = document.getElementById('findings');
  const tools = document.getElementById('tools');
  if (!table || !tools) return;
  const body = table.tBodies[0];
  const rows = Array.from(body.rows).map((row, index) => ({
    row, index, text: row.textContent.toLowerCase(), severity: Number(row.dataset.severity),
    weight: Number(row.dataset.weight), cells: Array.from(row.cells, (cell) => cell.textContent.trim().toLowerCase()),
  }));
  const search = tools.querySelector('input[type=search]');
  const weights = tools.querySelector('select');
  const boxes = Array.from(tools.querySelectorAll('input[type=checkbox]'));
  const count = tools.querySelector('output');

  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const shown = new Set(boxes.filter((box) => box.checked).map((box) => Number(box.value)));
    const [from, to] = weights.value.split('-').map(Number);
    let number = 0;
    for (const { row, text, severity, weight } of rows) {
      const visible = shown.has(severity) && weight >= from && weight <= to && words.every((word) => text.includes(word));
      row.hidden = !visible;
      if (visible) number += 1;
    }
    count.textContent = `${number} of ${rows.length} shown`;
  };

  const keys = [(entry) => -entry.severity, (entry) => entry.cells[1], (entry) => entry.cells[2], (entry) => entry.weight];
  const heads = Array.from(table.tHead.rows[0].cells);
  const sort = (column) => {
    const down = heads[column].getAttribute('aria-sort') === 'ascending';
    heads.forEach((head) => head.removeAttribute('aria-sort'));
    heads[column].setAttribute('aria-sort', down ? 'descending' : 'ascending');
    const key = keys[column];
    const order = (a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0) * (down ? -1 : 1) || a.index - b.index;
    body.append(...rows.slice().sort(order).map((entry) => entry.row));
  };

  heads.forEach((head, column) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = head.textContent;
    button.addEventListener('click', () => sort(column));
    head.replaceChildren(button);
  });
  tools.addEventListener('input', filter);
  addEventListener('beforeprint', () => document.querySelectorAll('details').forEach((one) => { one.open = true; }));
  tools.hidden = false;
  filter();
})();
