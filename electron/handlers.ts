/** Every request of the page, each answered by the area that it belongs to. */
import { apiHandlers } from './api/handlers.ts';
import { appVersion } from './app-version.ts';
import { calibrationHandlers, protectHandlers } from './calibration/handlers.ts';
import { chatHandlers } from './chat/handlers.ts';
import type { AppState } from './contract/index.ts';
import { correctionHandlers } from './corrections/handlers.ts';
import { conversationHandlers } from './conversations/handlers.ts';
import { transferHandlers } from './conversations/transfers.ts';
import { documentHandlers } from './documents/handlers.ts';
import { evaluationHandlers } from './evaluation/handlers.ts';
import { modelHandlers } from './models/handlers.ts';
import type { AppHandlers } from './page/connections.ts';
import { promptFileHandlers } from './prompt-files/handlers.ts';
import { playgroundHandlers } from './playground/handlers.ts';
import { profileHandlers } from './profiles/handlers.ts';
import { promptGates } from './protection/prompt-gates.ts';
import { refusalHandlers } from './refusals/handlers.ts';
import type { Services } from './services.ts';
import { startNotices } from './start-notices.ts';

export interface AppHandlerOptions {
  shell: AppState['shell'];
  /** Of the database. */
  databasePath: string;
}

export function appHandlers(services: Services, { shell, databasePath }: AppHandlerOptions): AppHandlers {
  const { store, events, settings, lease, engine, protection, models, documents, chat } = services;
  const { refusals, profiles, uploads, benignSets, calibration, protector, corrections, policies, evaluation } = services;
  return {
    'app.state': () => ({
      version: appVersion(),
      shell,
      settings: settings.current,
      engine: engine.state,
      protection: protection.state,
      activeReplyIds: chat.activeReplyIds,
      notices: startNotices(databasePath),
    }),
    'settings.update': (patch) => settings.update(patch),
    'protection.switch': ({ on }) => {
      protection.switch(on);
      return {};
    },
    ...conversationHandlers({ store, events, stopReplies: (id) => chat.stopAll(id) }),
    ...transferHandlers({ store, events, appVersion: appVersion() }),
    ...documentHandlers(documents),
    ...chatHandlers({ chat }),
    ...modelHandlers({ models }),
    ...promptFileHandlers({ uploads, gates: (prompts) => promptGates({ engine, lease, protection }, prompts) }),
    ...calibrationHandlers({ calibration, sets: benignSets, policies }),
    ...correctionHandlers(corrections),
    ...protectHandlers({ protector, policies }),
    ...apiHandlers({ api: services.api, keys: services.apiKeys }),
    ...evaluationHandlers({ evaluation, tests: services.tests }),
    ...playgroundHandlers(services),
    'prompts.nearest': ({ text }) => services.nearest.find(text),
    ...profileHandlers({ library: profiles, lease }),
    ...refusalHandlers(store.refusals, refusals),
  };
}
