/** The part of the docs page that sends a picture, alone or with the fields: a form, and what it does in the browser. */

import { examples } from './docs-examples.ts';
import { asText } from './docs-text.ts';
import type { ModelCard } from './model-card.ts';
import type { OpenApiDocument } from './openapi.ts';

/** Path below the service of what takes a picture alone; undefined where nothing does. */
export function picturePath(box: string, { paths }: OpenApiDocument): string | undefined {
  const found = Object.entries(paths).find(([, item]) => JSON.stringify(item).includes('"predictPicture"'));
  return found?.[0].slice(box.length + 2);
}

/** @param path needs no escaping: it is one of our own routes */
export function pictureSection(path: string | undefined, { example }: ModelCard): string {
  if (path === undefined) return '';
  const shown = examples({ picture: path, record: example }).map(
    ({ title, text }) =>
      `<details><summary>${title}</summary><pre tabindex="0" data-example>${asText(text)}</pre></details>`,
  );
  return `<section id="picture">
<h2>Try it with a picture</h2>
<form id="picture-form" action="${path}" method="post" enctype="multipart/form-data">
<p><input type="file" name="image" id="picture-file" aria-label="Picture" accept="image/jpeg,image/png,image/webp,image/tiff" required></p>
<p class="send"><label><input type="checkbox" id="picture-explain" checked> explain: where it looked</label>
<button type="submit">Send the picture</button>
<button type="submit" class="second" formaction="predict">Send it with the fields</button></p>
</form>
<div id="picture-answer" aria-live="polite"></div>
<details><summary>Answer</summary><pre id="picture-raw" tabindex="0"></pre></details>
${shown.join('\n')}
</section>`;
}

export const PICTURE_SCRIPT = `
for (const one of document.querySelectorAll('[data-example]'))
  one.textContent = one.textContent.replaceAll('{base}', new URL('.', location.href).href);
const pictureForm = document.getElementById('picture-form');
if (pictureForm !== null) {
  const found = document.getElementById('picture-answer');
  const percentOf = (share) => (share * 100).toFixed(1) + ' %';
  const drawPicture = (body) => {
    add(found, 'p', percentOf(body.probability) + ' · ' + body.disease + ' · risk ' + body.risk.level,
      'result ' + body.risk.level);
    if (body.demoNotice !== undefined) add(found, 'p', body.demoNotice, 'notice');
    const list = add(found, 'ul');
    for (const one of body.classes) add(list, 'li', one.name + ': ' + percentOf(one.probability));
    if (body.explanation === undefined) return;
    add(found, 'p', 'Red speaks for the disease, blue against it:', 'why');
    const overlay = add(found, 'img');
    overlay.alt = 'The picture with the occlusion map over it';
    overlay.src = 'data:image/png;base64,' + body.explanation.overlay.base64;
    body.explanation.overlay.base64 = body.explanation.overlay.base64.slice(0, 32) + '…';
  };
  const drawBoth = (body) => {
    add(found, 'h3', 'Both together');
    add(found, 'p', percentOf(body.fused.probability) + ' · risk ' + body.fused.risk.level,
      'result ' + body.fused.risk.level);
    add(found, 'h3', 'The fields');
    drawPrediction(body.tabular, found);
    add(found, 'h3', 'The picture');
    drawPicture(body.image);
  };
  pictureForm.addEventListener('submit', async (event) => {
    event.preventDefault();
    const both = event.submitter !== null && event.submitter.hasAttribute('formaction');
    if (both && !form.reportValidity()) return;
    const body = new FormData(pictureForm);
    if (both) body.set('tabular', JSON.stringify(record()));
    const buttons = pictureForm.querySelectorAll('button');
    for (const one of buttons) one.disabled = true;
    found.replaceChildren();
    const explain = document.getElementById('picture-explain').checked;
    const path = both ? 'predict' : pictureForm.getAttribute('action');
    try {
      const response = await fetch(path + (explain ? '?explain=true' : ''), { method: 'POST', body });
      const answered = await response.json();
      if (!response.ok) drawProblem(answered, found);
      else if (both) drawBoth(answered);
      else drawPicture(answered);
      show('picture-raw', response.status + '\\n' + JSON.stringify(answered, null, 2));
    } catch {
      add(found, 'p', 'The service does not answer.', 'result high');
    }
    for (const one of buttons) one.disabled = false;
  });
}
`;
