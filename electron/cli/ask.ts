/** `steady ask "…"`: one question, one answer. */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { Command } from 'commander';
import { recommendedSampling } from '../models/recommended-sampling.ts';
import type { Message, ReplyPart, Sampling } from '../contract/index.ts';
import { DEFAULT_SAMPLING, SteadyError } from '../contract/index.ts';
import type { SteadyApp } from '../app.ts';
import { UsageError } from './errors.ts';
import { dataDirOf, dataDirOption, decimal, integer } from './options.ts';
import { passphraseFileOption, requireUnsteered, type AdminOptions } from './require-admin.ts';
import { writeReply } from './terminal.ts';
import { loadModel, withApp } from './with-app.ts';

interface AskOptions extends AdminOptions {
  json?: boolean;
  steering: boolean;
  model?: string;
  system?: string;
  seed?: number;
  maxTokens?: number;
  temperature?: number;
  file?: string[];
}

export function askCommand(): Command {
  return new Command('ask')
    .description('answer one prompt; "-" reads it from standard input')
    .argument('<prompt>', 'what to ask')
    .addOption(dataDirOption())
    .option('--json', 'print one object with the text, the verdict, the scores and the timings')
    .option('--no-steering', 'answer without steering (for comparison; nothing is logged)')
    .addOption(passphraseFileOption())
    .option('--model <id>', "a model of the catalogue, or a GGUF file's path")
    .option('--system <text>', 'system prompt')
    .option('--seed <n>', 'seed of the sampling', integer(0, 0xffff_ffff))
    .option('--max-tokens <n>', 'longest reply, in tokens', integer(1, 32768))
    .option('--temperature <t>', 'sampling temperature; 0 is greedy', decimal(0, 2))
    .option('--file <path...>', 'documents that go with the prompt: text, HTML, PDF, DOCX, XLSX, PPTX, EPUB')
    .addHelpText('after', '\nWithout --temperature and --seed the reply is greedy: the same every time.')
    .action(async (argument: string, options: AskOptions, command: Command) => {
      const prompt = argument === '-' ? await readAll(process.stdin) : argument;
      if (prompt.trim() === '') throw new UsageError('The prompt is empty.');
      await withApp(dataDirOf(command), async (app) => {
        if (!options.steering && options.file !== undefined) throw new UsageError('Documents go with protected prompts only.');
        if (!options.steering) await requireUnsteered(app, options);
        await loadModel(app, options.model ?? null);
        if (options.steering) await ask(app, prompt, options);
        else await askUnsteered(app, prompt, options);
      });
    });
}

/** A seed asks for chance; without either option the answer is greedy, so that scripts get the same every time. */
function samplingOf(app: SteadyApp, { seed, temperature, maxTokens }: AskOptions): Sampling {
  const greedy = { ...DEFAULT_SAMPLING, temperature: 0 };
  const usual = recommendedSampling(app.engine.target?.modelSha256) ?? DEFAULT_SAMPLING;
  const base = seed === undefined && temperature === undefined ? greedy : usual;
  return {
    ...base,
    temperature: temperature ?? base.temperature,
    seed: seed ?? 0,
    maxTokens: maxTokens ?? base.maxTokens,
  };
}

/** Reads the files; answers the documents' ids. @throws SteadyError for one that cannot be read */
async function documentsOf(app: SteadyApp, paths: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const path of paths) {
    const { size } = await stat(path).catch(() => {
      throw new UsageError(`There is no file ${path}.`);
    });
    ids.push((await app.documents.addFile(path, basename(path), size)).id);
  }
  return ids;
}

/** Shows a piece of the reply; what is thought before it is not shown. */
function writePart({ part, delta }: { part: ReplyPart; delta: string }): void {
  if (part === 'reply') writeReply(delta);
}

/** The same way as in the page: a conversation, a stored reply, a row in the refusal log. */
async function ask(app: SteadyApp, prompt: string, options: AskOptions): Promise<void> {
  const finished = Promise.withResolvers<Message>();
  let replyId: string | null = null;
  const early: Message[] = [];
  app.onEvent((name, payload) => {
    if (name === 'chat.delta' && options.json !== true) writePart(payload as { part: ReplyPart; delta: string });
    if (name === 'chat.takenBack' && options.json !== true) writeReply('\n(taken back)\n\n');
    if (name !== 'chat.message') return;
    const message = payload as Message;
    if (replyId === null) early.push(message);
    else if (message.id === replyId) finished.resolve(message);
  });
  const { reply } = await app.chat.send({
    conversationId: null,
    parentId: null,
    text: prompt,
    documents: await documentsOf(app, options.file ?? []),
    ...(options.system === undefined ? {} : { systemPrompt: options.system }),
    sampling: samplingOf(app, options),
  });
  replyId = reply.id;
  const message = early.find(({ id }) => id === reply.id) ?? (await finished.promise);
  if (message.error !== null) throw SteadyError.fromShape(message.error);
  const { outcome, stats } = message;
  print(app, options, {
    text: message.text,
    ...(message.reasoning === undefined ? {} : { reasoning: message.reasoning.text }),
    verdict: outcome!.verdict,
    cause: outcome!.cause,
    steered: outcome!.steered,
    scores: Object.fromEntries(outcome!.scores.map(({ layer, score }) => [layer, score])),
    protected: outcome!.protected,
    promptTokens: stats!.promptTokens,
    cachedTokens: stats!.cachedTokens,
    generatedTokens: stats!.generatedTokens,
    timeToFirstTokenMs: stats!.timeToFirstTokenMs,
    tokensPerSecond: stats!.tokensPerSecond,
    conversationId: message.conversationId,
  });
}

/** For comparison, by an operator who may see unsteered replies: nothing is stored and nothing logged. */
async function askUnsteered(app: SteadyApp, prompt: string, options: AskOptions): Promise<void> {
  const { judgeReply } = await import('../../steering/verdict/judge.ts');
  if (options.json !== true) app.engine.onText(writePart);
  const { seed, ...sampling } = samplingOf(app, options);
  const result = await app.engine.call('chat.generate', {
    replyId: 'ask',
    prompt: { systemPrompt: options.system ?? '', turns: [{ role: 'user', text: prompt }] },
    sampling: { ...sampling, seed: seed! },
    steer: false,
  });
  const { verdict } = judgeReply(result.text, { prompt });
  print(app, options, {
    text: result.text,
    ...(result.reasoning === null ? {} : { reasoning: result.reasoning.text }),
    verdict,
    cause: verdict === 'refused' || verdict === 'partial' ? 'model' : 'none',
    steered: false,
    scores: {},
    protected: false,
    promptTokens: result.promptTokens,
    cachedTokens: result.cachedTokens,
    generatedTokens: result.generatedTokens,
    timeToFirstTokenMs: result.timeToFirstTokenMs,
    tokensPerSecond: result.tokensPerSecond,
  });
}

function print(app: SteadyApp, options: AskOptions, result: { text: string; protected: boolean } & Record<string, unknown>): void {
  if (options.json !== true) {
    process.stdout.write('\n');
    return;
  }
  const { profile } = app.protection.state;
  const model = { id: app.engine.target!.modelId, name: app.engine.target!.modelName, sha256: app.engine.target!.modelSha256 };
  const applied = result.protected && profile !== null ? { name: profile.name, sha256: profile.sha256 } : null;
  const { device, gpuLayers } = app.engine.state.compute!;
  const about = { model: model.id, modelSha256: model.sha256, profile: applied?.name ?? null, profileSha256: applied?.sha256 ?? null };
  process.stdout.write(`${JSON.stringify({ ...result, ...about, device, gpuLayers })}\n`);
}
