import type { ProtectionState } from '../../contract.ts';

const WHY = {
  'no-model': 'It starts once a model is loaded.',
  'no-profile': 'Protection is made for one model file at a time, and there is none yet for the file that is loaded.',
  'profile-damaged': 'The protection profile of this model could not be read in full, so it is not used at all.',
  'profile-mismatch': 'The protection profile that was found belongs to another model file, so it is not used.',
  'not-steerable': 'This kind of model does not give access to the place where protection works.',
  'switched-off': 'It was switched off here, for all chats, until Steady ends or it is switched on again. Replies are marked.',
  policy: 'The admin of this machine decides which models may be used.',
} as const;

/** What a state of protection means, in plain words; said after the app's own sentence. */
export function explainProtection(state: ProtectionState): string {
  if (state.status === 'on') {
    return 'While the model reads your message, Steady nudges its inner state toward refusing if the message asks for harm. Ordinary messages pass untouched wherever it sees no harm. No filter reads along, and nothing leaves this computer.';
  }
  // Where chat is held up, as by a calibration, the app's sentence is all there is to say.
  if (state.status === 'pending') return state.chatAllowed ? 'Protection is set up together with the model. It takes a moment.' : '';
  return state.reason === null ? '' : WHY[state.reason];
}
