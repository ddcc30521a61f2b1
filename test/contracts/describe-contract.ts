/** The cases of a contract as tests, and those among them that one server is known to fail. */

import { describe, expect, test } from 'vitest';

/** By the name of a case: what the failure says. */
export type KnownFailures = ReadonlyMap<string, RegExp>;

export type ContractTest = (name: string, run: () => Promise<void>) => void;

/**
 * A case that is known to fail must fail, and as it is known to: one that passes, or fails otherwise, is a failed test.
 * So is a known failure of a case that the contract does not have.
 */
export function describeContract(
  title: string,
  known: KnownFailures,
  define: (test: ContractTest) => void,
): void {
  describe(title, () => {
    const names = new Set<string>();
    define((name, run) => {
      names.add(name);
      const failure = known.get(name);
      test(name, failure === undefined ? run : () => failsAs(failure, run));
    });
    if (known.size === 0) return;
    // When it runs: the cases of inner groups are defined after this.
    test('every known difference is of a case that there is', () => {
      expect([...known.keys()].filter((name) => !names.has(name))).toEqual([]);
    });
  });
}

async function failsAs(failure: RegExp, run: () => Promise<void>): Promise<void> {
  const outcome = await run().then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  if (outcome === undefined) throw new Error('differs no longer: take it out of the known differences');
  expect(outcome.error instanceof Error ? outcome.error.message : '').toMatch(failure);
}
