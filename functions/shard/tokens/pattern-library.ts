/** What is used of Hugging Face's tokenizers in JavaScript: it writes their patterns, made for Oniguruma, as regular expressions. */

export interface PatternLibrary {
  readonly SplitPreTokenizer: new (config: object) => { readonly pattern: unknown };
}

export async function loadPatternLibrary(): Promise<PatternLibrary> {
  // Its declarations import each other without endings, which TypeScript does not follow in modules.
  const library: object = await import('@huggingface/tokenizers');
  return library as PatternLibrary;
}

/** A pattern of a tokenizer.json, with the flags g and u. Throws SyntaxError where it cannot be written in JavaScript. */
export function compilePattern(library: PatternLibrary, pattern: object): RegExp {
  const { pattern: made } = new library.SplitPreTokenizer({ type: 'Split', pattern });
  if (made instanceof RegExp && made.global) return made;
  throw new SyntaxError('a pattern cannot be written as a regular expression');
}
