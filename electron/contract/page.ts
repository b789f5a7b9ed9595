/** The contract between the page and the app: every request the page may make and every event it may hear. */
import { z } from 'zod';
import { adminEvents, adminRequests, steeringRequests } from './admin.ts';
import { apiEvents, apiRequests } from './api.ts';
import { calibrationEvents, calibrationRequests } from './calibration.ts';
import { correctionEvents, correctionRequests } from './corrections.ts';
import { evaluationEvents, evaluationRequests } from './evaluation.ts';
import { measure } from './context.ts';
import { documentRequests, MAX_DOCUMENTS } from './documents.ts';
import {
  conversation,
  conversationPlace,
  conversationSummary,
  conversationTree,
  id,
  message,
  reasoningChoice,
  replyPart,
  sampling,
  searchHit,
} from './conversation.ts';
import { downloadProgress, engineState, modelEntry, modelEstimate, protectionState } from './model.ts';
import { modelSettings, modelSettingsState } from './model-settings.ts';
import { nearestRequests } from './nearest.ts';
import { orderEvents, orderRequests } from './order.ts';
import { playgroundEvents, playgroundRequests } from './playground.ts';
import { profileEvents, profileRequests } from './profiles.ts';
import { promptFileRequests } from './prompt-files.ts';
import { protectEvents, protectRequests } from './protect.ts';
import { refusalEvents, refusalRequests } from './refusals.ts';
import type { Contract } from './rpc.ts';
import { transferEvents, transferRequests } from './transfer.ts';

const nothing = z.object({}).strict();

/** The longest message that is accepted, in UTF-16 units: far above any context, far below what hurts. */
export const MAX_MESSAGE_LENGTH = 2_000_000;

export const settings = z.object({
  theme: z.enum(['system', 'light', 'dark']),
  textSize: z.enum(['small', 'medium', 'large', 'largest']),
  contrast: z.enum(['system', 'more']),
  defaultSystemPrompt: z.string().max(100_000),
  /** Null: as the maker of each model recommends. */
  defaultSampling: sampling.nullable(),
  /** Of models that reason, for new conversations. Absent or null: as each model's chat template does by itself. */
  defaultReasoning: reasoningChoice.nullable().optional(),
  /** The model to load at start; null means the catalogue's default. */
  modelId: z.string().nullable(),
  /** Whether chat is allowed while protection is off. */
  allowUnprotectedChat: z.boolean(),
});
export type Settings = z.infer<typeof settings>;

export const notice = z.object({ level: z.enum(['info', 'warning', 'error']), message: z.string(), hint: z.string() });
export type Notice = z.infer<typeof notice>;

export const appState = z.object({
  version: z.string(),
  shell: z.enum(['electron', 'served']),
  settings,
  engine: engineState,
  protection: protectionState,
  /** Replies being written right now. */
  activeReplyIds: z.array(id),
  /** What was to be said before any page was there to hear it. */
  notices: z.array(notice).optional(),
});
export type AppState = z.infer<typeof appState>;

export const pageContract = {
  requests: {
    'app.state': { input: nothing, output: appState },
    'settings.update': { input: settings.partial().strict(), output: settings },

    'conversations.list': {
      input: z
        .object({ limit: z.number().int().min(1).max(500), before: z.number().int().nullable(), place: conversationPlace.optional() })
        .strict(),
      output: z.array(conversationSummary),
    },
    'conversations.search': {
      input: z
        .object({
          query: z.string().max(500),
          limit: z.number().int().min(1).max(1000),
          /** Only in this folder and those within it. */
          folderId: id.optional(),
        })
        .strict(),
      output: z.array(searchHit),
    },
    'conversations.open': { input: z.object({ id }).strict(), output: conversationTree },
    'conversations.update': {
      input: z
        .object({
          id,
          title: z.string().min(1).max(200).optional(),
          systemPrompt: z.string().max(100_000).optional(),
          sampling: sampling.optional(),
          reasoning: reasoningChoice.nullable().optional(),
          activeLeafId: id.optional(),
        })
        .strict(),
      output: conversation,
    },
    /** Hides a conversation; `conversations.restore` undoes it until the app removes it for good. */
    'conversations.delete': { input: z.object({ id }).strict(), output: nothing },
    'conversations.restore': { input: z.object({ id }).strict(), output: conversationSummary },

    /**
     * Adds a user message under `parentId` (null: first message) and starts the reply. A null `conversationId` starts a
     * conversation. Editing a message is sending with the edited message's parent: a sibling, nothing is overwritten.
     */
    'chat.send': {
      input: z
        .object({
          conversationId: id.nullable(),
          parentId: id.nullable(),
          text: z.string().min(1).max(MAX_MESSAGE_LENGTH),
          /** Documents that were read for it, or that go with a version of it, in their order. */
          documents: z.array(id).max(MAX_DOCUMENTS).optional(),
          /** Used when a conversation is started. */
          systemPrompt: z.string().max(100_000).optional(),
          sampling: sampling.optional(),
          reasoning: reasoningChoice.nullable().optional(),
        })
        .strict(),
      output: z.object({ conversation, userMessage: message, reply: message }),
    },
    /** Writes another reply to the same user message, as a sibling of `replyId`. */
    'chat.regenerate': { input: z.object({ replyId: id }).strict(), output: z.object({ conversation, reply: message }) },
    /**
     * Goes on with a reply that was cut or stopped, as the same message: what it says already is read again, and it is judged as one.
     * @throws `bad-input` for another message; `conflict` where something follows it, or another model wrote it
     */
    'chat.continue': { input: z.object({ replyId: id }).strict(), output: z.object({ conversation, reply: message }) },
    /** Counts a message that is not sent yet. @throws `model-not-loaded` */
    'chat.measure': {
      input: z
        .object({
          texts: z.array(z.string().max(MAX_MESSAGE_LENGTH)).max(100),
          systemPrompt: z.string().max(100_000),
          maxTokens: sampling.shape.maxTokens,
        })
        .strict(),
      output: measure,
    },
    'chat.stop': { input: z.object({ replyId: id }).strict(), output: nothing },

    'models.list': { input: nothing, output: z.array(modelEntry) },
    /** What loading a model takes here: with `settings` as if it were set to them, and with every other context size as well. */
    'models.estimate': { input: z.object({ modelId: z.string(), settings: modelSettings.optional() }).strict(), output: modelEstimate },
    /** How a model that is on this machine is loaded. */
    'models.settings': { input: z.object({ modelId: z.string() }).strict(), output: modelSettingsState },
    /**
     * Keeps how a model is loaded, and loads it again where it is loaded. What does not fit then is told by a notice, and the model is
     * loaded as Steady would. @throws `bad-input` for what cannot go together; `model-unsupported` for a template that does not work; `busy` while a job has the engine: nothing is kept then
     */
    'models.setSettings': { input: z.object({ modelId: z.string(), settings: modelSettings }).strict(), output: nothing },
    'models.download': { input: z.object({ modelId: z.string() }).strict(), output: nothing },
    'models.cancelDownload': { input: z.object({ modelId: z.string() }).strict(), output: nothing },
    /** Removes what an unfinished download left. @throws `busy` while it is fetched, by this program or another. */
    'models.discardDownload': { input: z.object({ modelId: z.string() }).strict(), output: nothing },
    /** Loads a model (and its profile). Progress arrives as `engine.changed`. */
    'models.load': { input: z.object({ modelId: z.string() }).strict(), output: nothing },
    /** Adds a GGUF file of the user's own, by path. */
    'models.addFile': { input: z.object({ path: z.string().min(1).max(4096) }).strict(), output: modelEntry },
    /** Takes a file of the user's own off the list; the file stays where it is. @throws `conflict` while it is in use. */
    'models.removeFile': { input: z.object({ modelId: z.string() }).strict(), output: nothing },
    /** Asks for a file with the system's dialog; null when cancelled or when there is none (served mode). */
    'models.pickFile': { input: nothing, output: z.object({ path: z.string().nullable() }) },

    ...adminRequests,
    ...apiRequests,
    ...steeringRequests,
    ...protectRequests,
    ...orderRequests,
    ...transferRequests,
    ...nearestRequests,
    ...promptFileRequests,
    ...documentRequests,
    ...calibrationRequests,
    ...correctionRequests,
    ...evaluationRequests,
    ...playgroundRequests,
    ...profileRequests,
    ...refusalRequests,
  },
  events: {
    /** New text of a reply being written, or of its reasoning. `offset` is the length of that text before `delta`. */
    'chat.delta': z.object({ conversationId: id, replyId: id, part: replyPart, offset: z.number().int(), delta: z.string() }),
    /** How far a reply is that has no text yet, a few times a second; and while it waits for another one. Counts are of tokens. */
    /** All text of a reply that is being written is void; another begins at offset 0. */
    'chat.takenBack': z.object({ conversationId: id, replyId: id }),
    'chat.progress': z.object({
      conversationId: id,
      replyId: id,
      phase: z.enum(['waiting', 'reading']),
      read: z.number().int(),
      total: z.number().int(),
      elapsedMs: z.number(),
    }),
    /** A message changed state: finished, stopped, failed. */
    'chat.message': message,
    'conversations.changed': conversationSummary,
    'conversations.removed': z.object({ id }),
    'engine.changed': engineState,
    'protection.changed': protectionState,
    'models.progress': downloadProgress,
    'settings.changed': settings,
    'app.notice': notice,
    ...adminEvents,
    ...apiEvents,
    ...protectEvents,
    ...orderEvents,
    ...transferEvents,
    ...calibrationEvents,
    ...correctionEvents,
    ...evaluationEvents,
    ...playgroundEvents,
    ...profileEvents,
    ...refusalEvents,
  },
} as const satisfies Contract;

export type PageContract = typeof pageContract;
