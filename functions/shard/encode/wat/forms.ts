/** Reads bracketed text, such as WebAssembly's, into lists of words and lists. */

export interface Form extends ReadonlyArray<Form | string> {}

export const isForm = (part: Form | string | undefined): part is Form => Array.isArray(part);

/** A comment goes from `;;` to the end of its line. Throws a SyntaxError. */
export function readForms(text: string): Form {
  const words = text.replaceAll(/;;.*/g, '').match(/[()]|[^\s()]+/g) ?? [];
  const open: (Form | string)[][] = [[]];
  for (const word of words) {
    if (word === '(') {
      open.push([]);
      continue;
    }
    const form = word === ')' ? open.pop() : undefined;
    const around = open.at(-1);
    if (around === undefined) throw new SyntaxError('a bracket is closed that was not opened');
    around.push(form ?? word);
  }
  const [forms, ...unclosed] = open;
  if (forms === undefined || unclosed.length > 0) throw new SyntaxError('a bracket is not closed');
  return forms;
}
