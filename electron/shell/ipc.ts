/** The page's contract over Electron's IPC: one channel, answered only where the message came from our own page. */
import { ipcMain, type IpcMainEvent, type WebContents } from 'electron';
import { pageContract, serveContract, type ContractServer, type PageContract } from '../contract/index.ts';
import type { AppConnection } from '../page/index.ts';
import { isOwnAddress, RPC_CHANNEL } from './names.ts';

/** Whether a message came from the main frame of `contents`, while that frame shows our own page. */
export function isTrustedSender(event: Pick<IpcMainEvent, 'sender' | 'senderFrame'>, contents: WebContents): boolean {
  const frame = event.senderFrame;
  return event.sender === contents && frame !== null && frame === contents.mainFrame && isOwnAddress(frame.url);
}

/** Serves `app` to the page in `contents` until that page is gone. */
export function serveContents(app: AppConnection, contents: WebContents): void {
  let listener: ((event: IpcMainEvent, message: unknown) => void) | undefined;
  const page = app.connect();
  const connection: ContractServer<PageContract> = serveContract(pageContract, page.handlers, {
    post: (message) => {
      if (!contents.isDestroyed()) contents.send(RPC_CHANNEL, message);
    },
    subscribe: (receive) => {
      listener = (event, message) => {
        if (isTrustedSender(event, contents)) receive(message);
      };
      ipcMain.on(RPC_CHANNEL, listener);
      return () => void (listener && ipcMain.off(RPC_CHANNEL, listener));
    },
  });
  const stopEvents = page.onEvent((name, payload) => connection.emit(name, payload));
  contents.once('destroyed', () => {
    stopEvents();
    page.close();
    connection.close();
  });
}
