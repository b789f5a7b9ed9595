/** Requests about the playground and the tests kept from it. */
import type { Handlers, PageContract } from '../contract/index.ts';
import type { playgroundRequests } from '../contract/playground.ts';
import type { KeptTests } from './kept-tests.ts';
import type { PlaygroundService } from './playground-service.ts';

export function playgroundHandlers(services: {
  playground: PlaygroundService;
  tests: KeptTests;
}): Pick<Handlers<PageContract>, keyof typeof playgroundRequests> {
  const { playground, tests } = services;
  return {
    'playground.read': ({ prompt, sides }) => playground.read(prompt, sides),
    'playground.reply': ({ replyId, prompt, side, maxTokens }) => playground.reply(replyId, prompt, side, maxTokens),
    'playground.stop': () => {
      playground.stop();
      return {};
    },
    'tests.list': async () => ({ sets: await tests.list() }),
    'tests.keep': ({ name, prompt }) => tests.keep(name, prompt),
    'tests.discard': async ({ id }) => {
      await tests.discard(id);
      return {};
    },
  };
}
