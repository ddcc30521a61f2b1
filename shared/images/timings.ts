/** How long the steps of a request took, for its Server-Timing header. */

export interface Timings {
  /** Notes a time that was measured elsewhere. */
  add(step: string, ms: number): void;
  measure<T>(step: string, work: () => Promise<T>): Promise<T>;
  /** The header's value. */
  text(): string;
}

export function createTimings(): Timings {
  const steps: string[] = [];
  const add = (step: string, ms: number) => {
    steps.push(`${step};dur=${ms.toFixed(1)}`);
  };
  return {
    add,
    async measure(step, work) {
      const startMs = performance.now();
      try {
        return await work();
      } finally {
        add(step, performance.now() - startMs);
      }
    },
    text: () => steps.join(', '),
  };
}
