/** Looks for a memory cgroup in which groups for single processes may be made: the one that was named, or our own. */

import { existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { createMemoryCgroup } from '../../local/supervisor/memory-cgroup.ts';

const PROBE_BYTES = 64 * 1024 * 1024;
/** As the supervisor names them: pillbox-<pid of the supervisor>-… */
const OURS = /^pillbox-(\d+)-/;

/** Undefined where none can be made. */
export function findCgroupParent(): string | undefined {
  const parent = [process.env['PILLBOX_CGROUP_PARENT'], ...ownGroups()].find(canHoldGroup);
  if (parent !== undefined) removeLeftovers(parent);
  return parent;
}

/** The groups this process is in, as version 1 and version 2 mount them. */
function ownGroups(): string[] {
  if (!existsSync('/proc/self/cgroup')) return [];
  const lines = readFileSync('/proc/self/cgroup', 'utf8').trim().split('\n');
  return lines.flatMap((line) => {
    const [, controllers = '', ...path] = line.split(':');
    if (controllers === '') return [join('/sys/fs/cgroup', path.join(':'))];
    return controllers.split(',').includes('memory') ? [join('/sys/fs/cgroup/memory', path.join(':'))] : [];
  });
}

/** Tried, not guessed: a group is made with a limit, and removed. */
function canHoldGroup(dir: string | undefined): boolean {
  if (dir === undefined) return false;
  const name = `pillbox-${process.pid}-trial`;
  try {
    createMemoryCgroup(dir, name, PROBE_BYTES).remove();
    return true;
  } catch {
    remove(join(dir, name));
    return false;
  }
}

/** A command that Ctrl-C ended could not wait for its processes to leave their groups. */
function removeLeftovers(parent: string): void {
  for (const name of readdirSync(parent)) {
    const pid = OURS.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) remove(join(parent, name));
  }
}

/** Only an empty group can be removed. */
function remove(group: string): void {
  try {
    rmdirSync(group);
  } catch {}
}
