/** The worker's entry: reads one document and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { readDocument, type ReadDocument } from './read-document.ts';
import { UnreadableDocument } from './unreadable.ts';

export interface DocumentWorkerData {
  path: string;
  name: string;
}

/** `fault` is a sentence for a person. */
export type DocumentAnswer = { read: ReadDocument } | { fault: string };

const { path, name } = workerData as DocumentWorkerData;
let answer: DocumentAnswer;
try {
  answer = { read: await readDocument(path, name) };
} catch (error) {
  // Whatever a library threw over a file that somebody made: it could not be read.
  answer = { fault: error instanceof UnreadableDocument ? error.message : 'It is damaged, or made in a way that Steady does not know.' };
}
parentPort!.postMessage(answer);
