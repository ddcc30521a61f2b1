/** What a budget has done and holds, as plain numbers, and as metrics. */

import type { CostEstimate } from './cost-estimator.ts';
import type { MemoryUsage } from './memory-gauge.ts';
import type { MemoryLimit } from './memory-limit.ts';
import type { MetricFamily, MetricSample } from './prometheus-text.ts';
import type { RecentOutcome } from './recent-outcomes.ts';
import { PRESSURE_LEVELS, type PressureLevel } from './thresholds.ts';

export interface BudgetCounts {
  readonly admitted: number;
  /** Answered 503. */
  readonly refusedOverloaded: number;
  /** Answered 413. */
  readonly refusedTooLarge: number;
  /** Gone before their turn. */
  readonly aborted: number;
  /** Runs of a hook that gave memory back. */
  readonly releases: number;
  readonly releasedBytes: number;
  readonly failedReleases: number;
  readonly transitions: number;
  /** 1 once the process has been told to end and be replaced. */
  readonly recycles: number;
}

export interface BudgetSnapshot {
  readonly limit: MemoryLimit;
  readonly usage: MemoryUsage;
  readonly level: PressureLevel;
  /** What the thresholds look at. */
  readonly heldBytes: number;
  /** What requests may take together now. */
  readonly capacityBytes: number;
  readonly leasedBytes: number;
  readonly running: number;
  readonly queued: number;
  readonly counts: BudgetCounts;
  readonly routes: readonly CostEstimate[];
  readonly recent: readonly RecentOutcome[];
  /** Kinds of outcomes that were not counted for want of room. */
  readonly recentDropped: number;
}

export function budgetMetrics(snapshot: BudgetSnapshot): MetricFamily[] {
  const { usage, counts, routes } = snapshot;
  const perRoute = (value: (estimate: CostEstimate) => number): MetricSample[] =>
    routes.map((estimate) => ({ value: value(estimate), labels: { route: estimate.route } }));
  return [
    gauge('memory_limit_bytes', 'What the box may hold.', [
      { value: snapshot.limit.limitBytes, labels: { source: snapshot.limit.source } },
    ]),
    gauge('memory_held_bytes', 'What the thresholds look at.', one(snapshot.heldBytes)),
    gauge('memory_resident_bytes', 'Resident memory.', one(usage.residentBytes)),
    gauge('memory_peak_bytes', 'The most that was ever resident.', one(usage.peakBytes)),
    gauge('memory_anonymous_bytes', 'Resident heaps and native memory.', one(usage.anonymousBytes)),
    gauge('memory_file_bytes', 'Resident pages of files.', one(usage.fileBytes)),
    gauge('memory_cgroup_bytes', 'All that is charged to the group.', one(usage.cgroup?.currentBytes)),
    gauge('heap_used_bytes', 'The heap of V8 in use.', one(usage.heapUsedBytes)),
    gauge('heap_external_bytes', 'Buffers that V8 knows of.', one(usage.externalBytes)),
    gauge('pressure_level', '0 normal, 1 shed, 2 flush, 3 stop, 4 drain.', [
      { value: PRESSURE_LEVELS.indexOf(snapshot.level) },
    ]),
    gauge('capacity_bytes', 'What requests may take together.', one(snapshot.capacityBytes)),
    gauge('leased_bytes', 'What running requests are charged.', one(snapshot.leasedBytes)),
    gauge('requests_running', 'Requests admitted and not ended.', one(snapshot.running)),
    gauge('requests_queued', 'Requests that wait.', one(snapshot.queued)),
    counter('requests_admitted_total', 'Requests admitted.', one(counts.admitted)),
    counter('requests_refused_total', 'Requests refused, by their answer.', [
      { value: counts.refusedOverloaded, labels: { status: '503' } },
      { value: counts.refusedTooLarge, labels: { status: '413' } },
    ]),
    counter('requests_aborted_total', 'Requests gone while they waited.', one(counts.aborted)),
    counter('sheds_total', 'Times that a cache or buffer gave memory back.', one(counts.releases)),
    counter('shed_bytes_total', 'Bytes given back.', one(counts.releasedBytes)),
    counter('shed_failures_total', 'Caches and buffers that failed to.', one(counts.failedReleases)),
    counter('pressure_transitions_total', 'Changes of the level.', one(counts.transitions)),
    counter('recycles_total', 'Times that the process was told to end.', one(counts.recycles)),
    gauge(
      'route_requests_recent',
      'Requests of a route in its current minute, by what became of them.',
      snapshot.recent.map(({ route, outcome, requests }) => ({
        value: requests,
        labels: { route, outcome },
      })),
    ),
    counter('route_requests_recent_dropped_total', 'Not counted there.', one(snapshot.recentDropped)),
    gauge(
      'route_peak_bytes',
      'Largest growth seen of one request.',
      perRoute((route) => route.peakBytes),
    ),
    gauge(
      'route_cost_bytes',
      'Charged to the last request.',
      perRoute((route) => route.estimateBytes),
    ),
    gauge(
      'route_cost_factor',
      'Correction of the declared cost.',
      perRoute((route) => route.factor),
    ),
  ];
}

function one(value: number | undefined): MetricSample[] {
  return value === undefined ? [] : [{ value }];
}

function gauge(name: string, help: string, samples: MetricSample[]): MetricFamily {
  return { name: `pillbox_${name}`, help, type: 'gauge', samples };
}

function counter(name: string, help: string, samples: MetricSample[]): MetricFamily {
  return { name: `pillbox_${name}`, help, type: 'counter', samples };
}
