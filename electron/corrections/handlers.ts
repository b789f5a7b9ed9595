/** Requests about corrections. */
import type { correctionRequests } from '../contract/corrections.ts';
import type { Handlers, PageContract } from '../contract/index.ts';
import type { CorrectionsService } from './corrections-service.ts';

export function correctionHandlers(corrections: CorrectionsService): Pick<Handlers<PageContract>, keyof typeof correctionRequests> {
  return {
    'corrections.state': () => corrections.state(),
    'corrections.suggest': async () => ({ items: await corrections.suggest() }),
    'corrections.measure': ({ items }) => corrections.measure(items),
    'corrections.cancel': () => corrections.cancel(),
    'corrections.discard': () => corrections.discard(),
    'corrections.apply': () => corrections.apply(),
    'corrections.undo': () => corrections.undo(),
  };
}
