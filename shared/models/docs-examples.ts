/** The examples of the docs page: the picture routes from a shell, from Python and from JavaScript, to be pasted as they are. */

/** In place of the service's address, which the browser knows. */
const BASE = '{base}';

interface ExampleRoutes {
  /** Of what takes a picture alone, below the service. */
  readonly picture: string;
  /** An input of the tabular model. */
  readonly record: Readonly<Record<string, unknown>>;
}

/** Not yet escaped for HTML. */
export function examples(
  routes: ExampleRoutes,
): readonly { readonly title: string; readonly text: string }[] {
  return [
    { title: 'From a shell', text: shell(routes) },
    { title: 'From Python', text: python(routes) },
    { title: 'From JavaScript', text: javascript(routes) },
  ];
}

function shell({ picture, record }: ExampleRoutes): string {
  return `# a picture
curl -s '${BASE}${picture}?explain=true' \\
  -F image=@picture.jpg

# the map drawn over the picture
curl -s '${BASE}${picture}?explain=true' \\
  -H 'accept: image/png' \\
  -F image=@picture.jpg -o overlay.png

# fields and a picture, with the fused probability
curl -s '${BASE}predict' \\
  -F image=@picture.jpg \\
  -F 'tabular=${shellJson(record)}'`;
}

function python({ picture, record }: ExampleRoutes): string {
  return `import base64
import json
import urllib.request

BASE = "${BASE}"


def post(path, body, content_type):
    request = urllib.request.Request(BASE + path, body, {"content-type": content_type})
    with urllib.request.urlopen(request) as response:
        return json.load(response)


with open("picture.jpg", "rb") as file:
    picture = file.read()

# a picture, with the map drawn over it
answer = post("${picture}?explain=true", picture, "image/jpeg")
print(answer["probability"], answer["disease"])
with open("overlay.png", "wb") as file:
    file.write(base64.b64decode(answer["explanation"]["overlay"]["base64"]))

# fields and a picture, with the fused probability
record = json.loads("""
${JSON.stringify(record, null, 2)}
""")
body = json.dumps({"tabular": record, "image": base64.b64encode(picture).decode()}).encode()
print(post("predict", body, "application/json")["fused"])`;
}

function javascript({ picture, record }: ExampleRoutes): string {
  return `// Node 20 or newer: node example.mjs
import { openAsBlob } from 'fs';

async function post(path, parts) {
  const body = new FormData();
  for (const [name, value] of Object.entries(parts)) body.set(name, value);
  const response = await fetch('${BASE}' + path, { method: 'POST', body });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.title + ': ' + answer.detail);
  return answer;
}

const image = await openAsBlob('picture.jpg');

// a picture
const seen = await post('${picture}', { image });
console.log(seen.probability, seen.disease);

// fields and a picture, with the fused probability
const record = ${JSON.stringify(record, null, 2)};
const both = await post('predict', { image, tabular: JSON.stringify(record) });
console.log(both.fused);`;
}

/** In single quotes, broken into lines that fit a screen. */
function shellJson(record: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(record, null, 4).replaceAll("'", "'\\''").replace(/\}$/, '  }');
}
