/** What the docs page does in the browser: sends the form as JSON and draws the answer. Text only ever goes in as text. */

export const DOCS_SCRIPT = `
'use strict';
const form = document.getElementById('form');
const answer = document.getElementById('answer');
const show = (id, text) => { document.getElementById(id).textContent = text; };
const add = (parent, tag, text, name) => {
  const child = document.createElement(tag);
  if (text !== undefined) child.textContent = text;
  if (name !== undefined) child.className = name;
  parent.append(child);
  return child;
};
const record = () => Object.fromEntries([...form.elements].filter((one) => one.name).map((one) =>
  [one.name, one.value === '' ? null : 'number' in one.dataset ? Number(one.value) : one.value]));
const titleOf = (name) => document.querySelector('label[for="' + name + '"]').firstChild.textContent;
function drawPrediction(body, place) {
  const percent = (body.probability * 100).toFixed(1) + ' %';
  add(place, 'p', percent + ' · ' + body.prediction + ' · risk ' + body.risk.level, 'result ' + body.risk.level);
  const bar = add(add(place, 'div', undefined, 'bar'), 'div');
  bar.style.width = percent.replace(' ', '');
  if (body.explanation === undefined) return;
  add(place, 'p', 'What moved it, in log-odds from the average of ' + body.explanation.bias.toFixed(2) + ':', 'why');
  const all = Object.entries(body.explanation.contributions).sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
  const most = Math.max(...all.map((one) => Math.abs(one[1])), 1e-9);
  const table = add(place, 'div', undefined, 'contributions');
  for (const [name, value] of all) {
    add(table, 'span', titleOf(name));
    const track = add(table, 'span', undefined, 'track');
    const mark = add(track, 'span', undefined, value < 0 ? 'down' : 'up');
    mark.style.width = (Math.abs(value) / most * 50) + '%';
    add(table, 'span', (value < 0 ? '−' : '+') + Math.abs(value).toFixed(3), 'value');
  }
}
function drawProblem(body, place) {
  add(place, 'p', body.title + (body.detail ? ': ' + body.detail : ''), 'result high');
  const list = add(place, 'ul');
  for (const one of body.errors || []) add(list, 'li', one.path + ' ' + one.message);
}
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const url = 'tabular' + (document.getElementById('explain').checked ? '?explain=true' : '');
  const body = JSON.stringify(record(), null, 2);
  show('request', 'POST ' + new URL(url, location.href).pathname + url.slice(7) + '\\ncontent-type: application/json\\n\\n' + body);
  answer.replaceChildren();
  try {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const found = await response.json();
    show('raw', response.status + '\\n' + JSON.stringify(found, null, 2));
    (response.ok ? drawPrediction : drawProblem)(found, answer);
  } catch {
    add(answer, 'p', 'The service does not answer.', 'result high');
  }
});
`;
