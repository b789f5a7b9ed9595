/** What the person who writes is told about the log that an admin reads. */
import type { PublicPolicies } from '../../contract.ts';

type Known = Partial<Pick<PublicPolicies, 'logVisibility' | 'storePromptText' | 'onConversationDeleted' | 'useAskedPrompts'>> | undefined;

const readers = (policies: Known) =>
  policies?.logVisibility === 'everyone' ? 'everybody who uses Steady here' : 'the admin of this computer';

/** What becomes of a message that is refused; empty before the policies are known. */
export function logNote(policies: Known): string {
  if (policies === undefined) return '';
  return policies.storePromptText === false
    ? `That a message was refused is kept in a log on this computer, without its text; ${readers(policies)} can read it.`
    : `A message that is refused is kept with its reply in a log on this computer; ${readers(policies)} can read it.`;
}

/** What a deleted conversation leaves in the log; empty where it leaves nothing. */
export function deletedNote(policies: Known): string {
  switch (policies?.onConversationDeleted) {
    case 'keep':
      return `Refused messages in it stay in the log for ${readers(policies)}.`;
    case 'keep-without-text':
      return 'That messages in it were refused stays in the log, without their text.';
    default:
      return '';
  }
}

/** Whether what is answered is read by anybody else; empty where it is not. */
export function askedNote(policies: Known): string {
  return policies?.useAskedPrompts === true
    ? 'The admin of this computer may read a sample of the messages that were answered, to calibrate protection.'
    : '';
}
