/** Patterns of object names: `*` stands for one path segment, anything else for itself. */

/** The returned test tells whether a whole name matches. */
export function compileObjectPattern(pattern: string): (name: string) => boolean {
  const source = pattern
    .split('*')
    .map((text) => text.replace(/[\\^$.+?()[\]{}|/]/g, '\\$&'))
    .join('[^/]+');
  const expression = new RegExp(`^${source}$`, 'su');
  return (name) => expression.test(name);
}
