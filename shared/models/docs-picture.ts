/** The part of the docs page that sends a picture: a form, and what it does in the browser. */

import type { OpenApiDocument } from './openapi.ts';

/** Path below the service of what takes a picture alone; undefined where nothing does. */
export function picturePath(box: string, { paths }: OpenApiDocument): string | undefined {
  const found = Object.entries(paths).find(([, item]) => JSON.stringify(item).includes('"predictPicture"'));
  return found?.[0].slice(box.length + 2);
}

/** @param path needs no escaping: it is one of our own routes */
export function pictureSection(box: string, path: string | undefined): string {
  if (path === undefined) return '';
  return `<section id="picture">
<h2>Try it with a picture</h2>
<form id="picture-form" action="${path}" method="post" enctype="multipart/form-data">
<p><input type="file" name="image" id="picture-file" aria-label="Picture" accept="image/jpeg,image/png,image/webp,image/tiff" required></p>
<p class="send"><label><input type="checkbox" id="picture-explain" checked> explain: where it looked</label>
<button type="submit">Send the picture</button></p>
</form>
<div id="picture-answer" aria-live="polite"></div>
<details><summary>Answer</summary><pre id="picture-raw"></pre></details>
<details><summary>From a shell</summary><pre id="picture-curl" data-path="/${box}/${path}"></pre></details>
</section>`;
}

export const PICTURE_SCRIPT = `
const pictureForm = document.getElementById('picture-form');
if (pictureForm !== null) {
  const found = document.getElementById('picture-answer');
  const curl = document.getElementById('picture-curl');
  const url = location.origin + curl.dataset.path;
  curl.textContent = "curl -s '" + url + "?explain=true' -F image=@picture.jpg\\n\\n"
    + "# the map drawn over the picture\\n"
    + "curl -s '" + url + "?explain=true' -H 'accept: image/png' -F image=@picture.jpg -o overlay.png";
  const draw = (body) => {
    add(found, 'p', (body.probability * 100).toFixed(1) + ' % · ' + body.disease + ' · risk ' + body.risk.level,
      'result ' + body.risk.level);
    if (body.demoNotice !== undefined) add(found, 'p', body.demoNotice, 'notice');
    const list = add(found, 'ul');
    for (const one of body.classes) add(list, 'li', one.name + ': ' + (one.probability * 100).toFixed(1) + ' %');
    if (body.explanation === undefined) return;
    add(found, 'p', 'Red speaks for the disease, blue against it:', 'why');
    const overlay = add(found, 'img');
    overlay.alt = 'The picture with the occlusion map over it';
    overlay.src = 'data:image/png;base64,' + body.explanation.overlay.base64;
    body.explanation.overlay.base64 = body.explanation.overlay.base64.slice(0, 32) + '…';
  };
  pictureForm.addEventListener('submit', async (event) => {
    event.preventDefault();
    const button = pictureForm.querySelector('button');
    button.disabled = true;
    found.replaceChildren();
    const explain = document.getElementById('picture-explain').checked;
    try {
      const response = await fetch(pictureForm.getAttribute('action') + (explain ? '?explain=true' : ''),
        { method: 'POST', body: new FormData(pictureForm) });
      const body = await response.json();
      if (response.ok) draw(body);
      else {
        add(found, 'p', body.title + (body.detail ? ': ' + body.detail : ''), 'result high');
        for (const one of body.errors || []) add(found, 'p', one.path + ' ' + one.message);
      }
      show('picture-raw', response.status + '\\n' + JSON.stringify(body, null, 2));
    } catch {
      add(found, 'p', 'The service does not answer.', 'result high');
    }
    button.disabled = false;
  });
}
`;
