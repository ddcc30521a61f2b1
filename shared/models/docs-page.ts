/** The docs page of a model service: the OpenAPI document as self-contained HTML, with a form that sends the example. */

import { PICTURE_SCRIPT, picturePath, pictureSection } from './docs-picture.ts';
import { DOCS_SCRIPT } from './docs-script.ts';
import { DOCS_STYLE } from './docs-style.ts';
import { asText } from './docs-text.ts';
import type { ModelCard, ModelInput } from './model-card.ts';
import type { OpenApiDocument } from './openapi.ts';
import { noticeOf } from './tabular-answer.ts';

const SCRIPT = DOCS_SCRIPT + PICTURE_SCRIPT;

interface DocsPage {
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Nothing is loaded from anywhere: the policy allows this style, this script, and requests to the service itself. */
export async function createDocsPage(
  box: string,
  card: ModelCard,
  openApi: OpenApiDocument,
): Promise<DocsPage> {
  const policy = [
    "default-src 'none'",
    `style-src '${await hashOf(DOCS_STYLE)}'`,
    `script-src '${await hashOf(SCRIPT)}'`,
    'img-src data:',
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
  ];
  return {
    html: page(box, card, openApi),
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy.join('; '),
      'x-content-type-options': 'nosniff',
    },
  };
}

function page(box: string, card: ModelCard, openApi: OpenApiDocument): string {
  const { training, metrics, output } = card;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${asText(card.title)}</title>
<style>${DOCS_STYLE}</style>
</head>
<body>
<header>
<p class="path">/${asText(box)}</p>
<h1>${asText(card.title)}</h1>
<p>${asText(card.description)}</p>
<p class="facts"><b>${asText(card.name)}</b> ${asText(card.version)} <code>${card.sha256.slice(0, 12)}</code>${
    card.demo ? ' <strong>demo: the weights are not trained</strong>' : ''
  }</p>
<p class="notice">${asText(noticeOf(card))}</p>
</header>
<main>
<section id="try">
<h2>Try it</h2>
<form id="form" action="tabular" method="post">
<div class="fields">
${card.inputs.map((input) => field(input, card.example[input.name])).join('\n')}
</div>
<p class="send"><label><input type="checkbox" id="explain" checked> explain</label>
<button type="submit">Send</button></p>
</form>
<div id="answer" aria-live="polite"></div>
<details><summary>Request</summary><pre id="request" tabindex="0"></pre></details>
<details><summary>Answer</summary><pre id="raw" tabindex="0"></pre></details>
</section>
${pictureSection(picturePath(box, openApi), card)}
<section>
<h2>Endpoints</h2>
<p>As a document: <a href="openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
${Object.entries(openApi.paths).map(endpoint).join('\n')}
</section>
<section>
<h2>The model</h2>
<p>${asText(training.data)}: ${training.rows} records, ${training.positives} with ${asText(output.positiveClass)}. ${asText(training.population)}. ${asText(training.licence)}.</p>
<ul>${metrics
    .map(
      (one) => `<li>${asText(one.name)} ${one.value} ± ${one.deviation} (inputs ${asText(one.inputs)})</li>`,
    )
    .join('')}</ul>
<p>${asText(card.measured)}</p>
<ul>${card.limits.map((limit) => `<li>${asText(limit)}</li>`).join('')}</ul>
</section>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

function field(input: ModelInput, example: string | number | null | undefined): string {
  const name = asText(input.name);
  const more = `id="${name}" name="${name}"${input.required ? ' required' : ''}`;
  const control =
    input.type === 'category'
      ? `<select ${more}>${input.required ? '' : '<option value="">not measured</option>'}${input.categories
          .map((one) => option(one.name, one.meaning, one.name === example))
          .join('')}</select>`
      : `<input type="number" ${more} data-number min="${input.zeroMeansMissing ? 0 : input.min}" max="${input.max}" step="${
          input.type === 'integer' ? 1 : 'any'
        }" value="${example ?? ''}"${input.required ? '' : ' placeholder="not measured"'}>`;
  const range = input.type === 'category' ? '' : `${input.min}–${input.max} ${asText(input.unit)}`;
  return `<div class="field"><label for="${name}">${asText(input.title)}${input.required ? '' : ' <i>optional</i>'}</label>
${control}<small>${range === '' ? '' : `<b>${range}</b> · `}${asText(input.description)} <code>${name}</code></small></div>`;
}

function option(value: string, meaning: string, chosen: boolean): string {
  return `<option value="${asText(value)}"${chosen ? ' selected' : ''}>${asText(meaning)}</option>`;
}

/** One path with its methods, their summaries and answers; the document is our own, read leniently. */
function endpoint([path, item]: [string, unknown]): string {
  return Object.entries(entriesOf(item))
    .map(([method, operation]) => {
      const { summary, responses } = entriesOf(operation);
      const answers = Object.entries(entriesOf(responses)).map(
        ([status, answer]) =>
          `<li><code>${asText(status)}</code> ${asText(String(entriesOf(answer)['description'] ?? ''))}</li>`,
      );
      return `<details class="endpoint"><summary><b class="${asText(method)}">${asText(method)}</b> <code>${asText(path)}</code> <span>${asText(String(summary ?? ''))}</span></summary><ul>${answers.join('')}</ul></details>`;
    })
    .join('\n');
}

function entriesOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** As a content security policy names an inline script or style. */
async function hashOf(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return `sha256-${btoa(String.fromCharCode(...digest))}`;
}
