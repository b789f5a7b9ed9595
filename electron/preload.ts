/** Gives the page exactly the contract: `call`, `on` and the name of the shell. Nothing of Electron or Node. */
import './shell/no-eval.ts';
import { contextBridge, ipcRenderer, type IpcRendererEvent } from 'electron';
import { connectContract, pageContract, toErrorShape, type EventName, type PageContract, type RequestName } from './contract/index.ts';
import { RPC_CHANNEL } from './shell/names.ts';

const client = connectContract(pageContract, {
  post: (message) => ipcRenderer.send(RPC_CHANNEL, message),
  subscribe: (listener) => {
    const receive = (_: IpcRendererEvent, message: unknown) => listener(message);
    ipcRenderer.on(RPC_CHANNEL, receive);
    return () => ipcRenderer.off(RPC_CHANNEL, receive);
  },
});

function isName<T extends string>(names: Record<T, unknown>, name: unknown): name is T {
  return typeof name === 'string' && Object.hasOwn(names, name);
}

contextBridge.exposeInMainWorld('steady', {
  kind: 'electron',
  call: async (name: unknown, input: unknown) => {
    // Errors lose their code and hint on the way into the page, plain objects do not.
    if (!isName<RequestName<PageContract>>(pageContract.requests, name))
      throw { code: 'unknown-request', message: 'An unknown request was made.', hint: '' };
    try {
      return await client.call(name, input as never);
    } catch (error) {
      throw toErrorShape(error);
    }
  },
  on: (name: unknown, listener: unknown) => {
    if (!isName<EventName<PageContract>>(pageContract.events, name) || typeof listener !== 'function') return () => {};
    return client.on(name, (payload) => void listener(payload));
  },
});
