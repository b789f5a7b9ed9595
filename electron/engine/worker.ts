/** Entry of the engine process: owns llama.cpp, answers the engine contract, and ends when the app goes away. */
import { serveContract, type Handlers } from '../contract/rpc.ts';
import { parentChannel } from './channel.ts';
import { engineContract, type EngineContract } from './protocol.ts';
import { Engine } from './worker/engine.ts';
import { tried } from './worker/usable-template.ts';

const engine = new Engine((name, payload) => server.emit(name, payload));
const channel = parentChannel(() => process.exit(0));
const handlers: Handlers<EngineContract> = {
  'model.load': (input) => engine.load(input),
  'model.estimate': (input) => engine.estimate(input),
  'template.try': ({ source }) => {
    tried(source, { bos: '', eos: '' }, () => false);
    return {};
  },
  'model.unload': () => engine.unload(),
  'steering.apply': (input) => engine.applyProfile(input),
  'chat.generate': (input) => engine.generate(input),
  'chat.measure': (input) => engine.measure(input),
  'chat.stop': ({ replyId }) => engine.stop(replyId),
  'batch.capture': (input) => engine.capture(input),
  'batch.generate': (input) => engine.generateBatch(input),
  'batch.firstTokenKl': (input) => engine.firstTokenKl(input),
  'trial.run': (input) => engine.trial(input),
  'batch.cancel': ({ jobId }) => engine.stop(jobId),
  'engine.ping': () => ({}),
  'engine.info': () => ({ pid: process.pid, rssBytes: process.memoryUsage().rss }),
};
const server = serveContract(engineContract, handlers, channel);
