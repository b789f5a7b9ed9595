/** What each state of protection is called and what it means: one table for the app, the page and the command line. */
import type { ProtectionState } from './model.ts';

export type ProtectionReason = NonNullable<ProtectionState['reason']>;

export interface ProtectionWords {
  /** One sentence that says what is the case. */
  readonly message: string;
  /** Why, for whoever asks further. */
  readonly explanation: string;
}

export const PROTECTION_ON: ProtectionWords = {
  message: 'Protection is on: harmful requests are refused.',
  explanation:
    'While the model reads your message, Steady looks at what the model makes of it. Where that looks like a request for harm, the model is pushed towards refusing; where it does not, nothing at all is changed. Nothing leaves this computer.',
};

export const PROTECTION_PENDING: ProtectionWords = {
  message: 'The model is being loaded.',
  explanation: 'Protection is set up together with the model. It takes a moment.',
};

/** While protection is off, by what it is off for. */
export const PROTECTION_OFF: Readonly<Record<ProtectionReason, ProtectionWords>> = {
  'no-model': { message: 'No model is loaded.', explanation: 'It starts once a model is loaded.' },
  'no-profile': {
    message: 'Protection is off: this model has no protection profile yet.',
    explanation: 'Protection is made for one model file at a time, and there is none yet for the file that is loaded.',
  },
  'profile-damaged': {
    message: "Protection is off: this model's protection profile is damaged.",
    explanation: 'The protection profile of this model could not be read in full, so it is not used at all.',
  },
  'profile-mismatch': {
    message: 'Protection is off: the protection profile was made for another model.',
    explanation: 'The protection profile that was found belongs to another model file, so it is not used.',
  },
  'not-steerable': {
    message: 'Protection is off: this kind of model cannot be steered.',
    explanation: 'This kind of model does not give access to the place where protection works.',
  },
  'self-test-failed': {
    message: "Protection is off: this model's protection profile does not work.",
    explanation:
      'Each time a model is loaded its protection profile is tried with a few harmful and harmless messages. This one did not do what it says of itself, so it is not used.',
  },
  unsigned: {
    message: 'Protection is off: the protection profile is not signed by a key that the policies name.',
    explanation: 'The admin of this machine decides whose protection profiles are used. This one is of somebody else, or was changed.',
  },
  'switched-off': {
    message: 'Protection is switched off.',
    explanation: 'It was switched off here, for all chats, until Steady ends or it is switched on again. Replies are marked.',
  },
  policy: {
    message: 'The policies of this machine forbid this model.',
    explanation: 'The admin of this machine decides which models may be used.',
  },
};

/** What a state of protection means, in plain words; said after its own sentence. */
export function explainProtection(state: Pick<ProtectionState, 'status' | 'reason' | 'chatAllowed'>): string {
  if (state.status === 'on') return PROTECTION_ON.explanation;
  // Where chat is held up, as by a calibration, the state's own sentence is all there is to say.
  if (state.status === 'pending') return state.chatAllowed ? PROTECTION_PENDING.explanation : '';
  return state.reason === null ? '' : PROTECTION_OFF[state.reason].explanation;
}
