/** What is used of Hugging Face's tokenizers in JavaScript: it writes their patterns, made for Oniguruma, as regular expressions. */

export interface PatternLibrary {
  readonly SplitPreTokenizer: new (config: object) => { pre_tokenize_text(text: string): string[] };
  readonly ReplaceNormalizer: new (config: object) => { normalize(text: string): string };
}

export async function loadPatternLibrary(): Promise<PatternLibrary> {
  // Its declarations import each other without endings, which TypeScript does not follow in modules.
  const library: object = await import('@huggingface/tokenizers');
  return library as PatternLibrary;
}
