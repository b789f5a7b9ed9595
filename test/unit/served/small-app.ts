/** A small app behind the page's contract: enough to see requests, answers, errors and events travel. */
import { setImmediate } from 'node:timers/promises';
import {
  DEFAULT_SAMPLING,
  SteadyError,
  pageContract,
  type Conversation,
  type Handlers,
  type PageContract,
} from '../../../electron/contract/index.ts';
import type { AppConnection, EventListener, PageConnection } from '../../../electron/page/index.ts';
import { DEFAULT_SETTINGS } from '../../../electron/store/settings/settings.ts';

export interface SmallApp extends AppConnection, Pick<PageConnection, 'handlers' | 'onEvent'> {
  readonly emit: EventListener;
  /** How many listeners are attached to its events. */
  listenerCount(): number;
  readonly closed: boolean;
  close(): Promise<void>;
}

const engine = {
  status: 'idle',
  modelId: null,
  modelName: null,
  loadProgress: null,
  contextSize: null,
  compute: null,
  error: null,
} as const;
const protection = { status: 'off', reason: 'no-model', message: 'No model is loaded.', chatAllowed: false, profile: null } as const;

export function createSmallApp(): SmallApp {
  const listeners = new Set<EventListener>();
  const emit: EventListener = (name, payload) => {
    for (const listener of listeners) listener(name, payload);
  };
  let settings = DEFAULT_SETTINGS;
  let closed = false;
  const unavailable = Object.fromEntries(
    Object.keys(pageContract.requests).map((name) => [
      name,
      () => {
        throw new SteadyError('not-found', `There is no ${name} here.`, { hint: 'Ask for something else.' });
      },
    ]),
  ) as unknown as Handlers<PageContract>;
  const handlers: Handlers<PageContract> = {
    ...unavailable,
    'app.state': () => ({ version: '1.2.3', shell: 'served', settings, engine, protection, activeReplyIds: [] }),
    'settings.update': async (change) => {
      settings = { ...settings, ...change };
      await setImmediate();
      emit('settings.changed', settings);
      return settings;
    },
    'conversations.update': ({ id, title = '' }): Conversation => ({
      id,
      title,
      systemPrompt: '',
      sampling: settings.defaultSampling ?? DEFAULT_SAMPLING,
      createdAt: 1,
      updatedAt: 2,
      activeLeafId: null,
      pinned: false,
      archived: false,
      folderId: null,
      tags: [],
    }),
  };
  const onEvent: PageConnection['onEvent'] = (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return {
    handlers,
    onEvent,
    connect: () => ({ handlers, onEvent, close: () => {} }),
    emit,
    listenerCount: () => listeners.size,
    get closed() {
      return closed;
    },
    close: async () => {
      closed = true;
    },
  };
}
