/** Output for programs: one JSON object a line. */

export function printJsonLines(objects: readonly object[]): void {
  for (const object of objects) console.log(JSON.stringify(object));
}
