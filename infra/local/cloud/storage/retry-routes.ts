/** The paths of the retry test protocol, which Google's own test server for client libraries has too. */

import { bodyText, type Call, type Route, show, showNothing } from './route.ts';

export const retryRoutes: readonly Route[] = [
  {
    id: 'retry_test.insert',
    method: 'POST',
    path: 'retry_test',
    answer: async (call) => show(call, call.context.retryTests.create(await bodyText(call))),
  },
  {
    id: 'retry_test.get',
    method: 'GET',
    path: 'retry_test/{id}',
    answer: (call) => show(call, call.context.retryTests.show(call.param('id'))),
  },
  { id: 'retry_test.delete', method: 'DELETE', path: 'retry_test/{id}', answer: deleteRetryTest },
  {
    id: 'retry_test.list',
    method: 'GET',
    path: 'retry_tests',
    answer: (call) => show(call, { retry_test: call.context.retryTests.all() }),
  },
];

function deleteRetryTest(call: Call): void {
  call.context.retryTests.delete(call.param('id'));
  showNothing(call);
}
