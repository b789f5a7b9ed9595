/** The refusal log's requests of the page. */
import type { Handlers, PageContract, refusalRequests } from '../contract/index.ts';
import type { RefusalStore } from '../store/index.ts';
import type { RefusalService } from './refusal-service.ts';

export function refusalHandlers(store: RefusalStore, service: RefusalService): Pick<Handlers<PageContract>, keyof typeof refusalRequests> {
  return {
    'refusals.report': ({ messageId, note }) => service.report(messageId, note),
    'refusals.report.withdraw': async ({ messageId }) => {
      await service.withdrawReport(messageId);
      return {};
    },
    'refusals.reported': async ({ conversationId }) => ({ messageIds: await store.reported(conversationId) }),

    'refusals.list': (request) => store.page(request),
    'refusals.get': ({ seq }) => store.get(seq),
    'refusals.facets': () => store.facets(),
    'refusals.stats': async (request) => ({ days: await store.stats(request) }),
    'refusals.chain': () => service.chain.state,

    'refusals.review': ({ seq, judgement, note }) => service.review(seq, judgement, note),
    'refusals.benignSet.add': ({ seq }) => service.addBenign(seq),
    'refusals.benignSet.remove': ({ seq }) => service.removeBenign(seq),
    'refusals.benignSet.list': (request) => store.benignPage(request),
    'refusals.remove': async ({ seq, what }) => {
      await service.remove(seq, what);
      return {};
    },
    'refusals.verify': () => service.chain.check(),
    'refusals.export.start': (choice) => service.exports.start(choice),
    'refusals.export.cancel': ({ exportId }) => service.exports.cancel(exportId),
    'refusals.export.list': () => service.exports.list(),
    'refusals.export.read': ({ exportId, offset }) => service.exports.read(exportId, offset),
    'refusals.export.discard': async ({ exportId }) => {
      await service.exports.discard(exportId);
      return {};
    },
  };
}
