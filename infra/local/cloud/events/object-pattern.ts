/** Patterns of object names: `*` stands for one path segment or a part of it, `**` for any text, others for themselves. */

/** The returned test tells whether a whole name matches. */
export function compileObjectPattern(pattern: string): (name: string) => boolean {
  const source = pattern
    .split(/(\*+)/)
    .map((part) => {
      if (part === '*') return '[^/]+';
      return part.startsWith('**') ? '.*' : part.replace(/[\\^$.+?()[\]{}|/]/g, '\\$&');
    })
    .join('');
  const expression = new RegExp(`^${source}$`, 'su');
  return (name) => expression.test(name);
}
