/** What mwpryer/cloud-tasks-emulator 0.1.1 does otherwise than our local cloud, over REST. */

import type { KnownDifference } from './known-differences.ts';

const PROTO_JSON = 'https://protobuf.dev/programming-guides/json/';

export const TASKS_DIFFERENCES: readonly KnownDifference[] = [
  {
    contract: 'tasks client',
    name: 'a queue is patched by mask',
    ours: 'takes a mask in snake case, as the client sends it, and in camel case',
    theirs: '400 for snake case',
    right: 'either',
    source: PROTO_JSON,
    section: 'FieldMask: camel case is what is said of it',
    failure: /invalid field mask/,
  },
  {
    contract: 'tasks client',
    name: 'and with it, to who asks for all',
    ours: 'takes an enum by name and by number, as the client sends it',
    theirs: '400 for the number of a responseView',
    right: 'ours',
    source: PROTO_JSON,
    section: 'enum: parsers accept names and integers',
    failure: /Invalid value at 'response_view'/,
  },
];
