/** The style of the docs page: light or dark as the reader's system is, one column on a phone. */

export const DOCS_STYLE = `
:root{color-scheme:light dark;--line:light-dark(#d9dee5,#323a45);--soft:light-dark(#5a6675,#9aa7b8);--card:light-dark(#fff,#171c23);--accent:light-dark(#0b6bcb,#6cb2ff);--up:light-dark(#c2410c,#fb923c);--down:light-dark(#0f766e,#2dd4bf)}
*{box-sizing:border-box}
body{margin:0;font:16px/1.5 system-ui,sans-serif;background:light-dark(#f5f7fa,#0f1318);color:light-dark(#17202b,#e6ebf2)}
header,main{max-width:60rem;margin:auto;padding:0 1.25rem}
header{padding-top:2rem}
h1{margin:0;font-size:1.8rem;line-height:1.2}
h2{margin:0 0 .75rem;font-size:1.2rem}
code,pre,.path{font-family:ui-monospace,monospace;font-size:.88em}
.path,.facts,small,.why,i{color:var(--soft)}
.path{margin:0}
.notice{border-left:4px solid var(--up);padding:.4rem .8rem;background:var(--card)}
section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1.25rem;margin:1.25rem 0}
.fields{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(16rem,100%),1fr));gap:1rem}
.field{display:flex;flex-direction:column;gap:.25rem}
.field label{font-weight:600}
i{font-weight:400;font-size:.85em}
.field input,.field select{width:100%;font:inherit;padding:.45rem .6rem;border:1px solid var(--line);border-radius:6px;background:transparent;color:inherit}
option{background:var(--card)}
small{font-size:.8rem;line-height:1.35}
.send{display:flex;flex-wrap:wrap;gap:.75rem 1rem;align-items:center}
button{font:inherit;font-weight:600;padding:.5rem 1.6rem;border:0;border-radius:6px;background:var(--accent);color:light-dark(#fff,#0f1318);cursor:pointer}
button.second{background:transparent;color:var(--accent);box-shadow:inset 0 0 0 1px var(--accent)}
button:disabled{opacity:.5;cursor:default}
.result{font-size:1.15rem;font-weight:600;margin:.5rem 0}
.result.high{color:var(--up)}
.bar{height:8px;border-radius:4px;background:var(--line);overflow:hidden}
.bar div{height:100%;background:var(--accent)}
.contributions{display:grid;grid-template-columns:minmax(5rem,max-content) minmax(6rem,1fr) auto;gap:.2rem .8rem;align-items:center;font-size:.9rem}
.track{position:relative;height:12px;background:linear-gradient(var(--line),var(--line)) center/1px 100% no-repeat}
.track span{position:absolute;top:1px;bottom:1px;border-radius:2px}
.up{left:50%;background:var(--up)}
.down{right:50%;background:var(--down)}
.value{text-align:right;font-variant-numeric:tabular-nums}
details{border-top:1px solid var(--line);padding:.5rem 0}
summary{cursor:pointer}
summary span{color:var(--soft);font-size:.9rem}
.endpoint b{display:inline-block;min-width:3rem;text-transform:uppercase;font-size:.75rem;color:var(--down)}
.endpoint b.post{color:var(--accent)}
.endpoint code{overflow-wrap:anywhere}
pre{overflow:auto;margin:.5rem 0;max-height:24rem;padding:.75rem;border:1px solid var(--line);border-radius:6px}
pre:empty{display:none}
#request,#raw,#picture-raw{white-space:pre-wrap;overflow-wrap:anywhere}
h3{margin:1rem 0 0;font-size:1rem}
img{max-width:100%}
input[type=file]{max-width:100%;font:inherit}
`;
