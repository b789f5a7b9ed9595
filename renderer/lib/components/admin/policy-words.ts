/** The policies in plain words. */
import type { PolicyName, PolicyValues } from '../../contract.ts';

type Choice = { readonly value: string; readonly label: string };
type Kind =
  | { readonly kind: 'choice'; readonly choices: readonly Choice[] }
  | { readonly kind: 'models' }
  /** One text, or several a line each. */
  | { readonly kind: 'text'; readonly lines: boolean; readonly empty: string }
  | { readonly kind: 'number'; readonly unit: string; readonly min: number; readonly max: number; readonly empty: string | null };

export type PolicyWords = { readonly name: PolicyName; readonly title: string; readonly text: string } & Kind;

const YES_NO: readonly Choice[] = [
  { value: 'true', label: 'Text of prompt and reply' },
  { value: 'false', label: 'Hashes and scores only' },
];

export const POLICY_GROUPS: readonly { readonly title: string; readonly policies: readonly PolicyWords[] }[] = [
  {
    title: 'Protection',
    policies: [
      {
        name: 'steering',
        title: 'Steering',
        text: 'Whether people who chat here may switch protection off. Replies that were not steered always say so.',
        kind: 'choice',
        choices: [
          { value: 'mandatory', label: 'Always on' },
          { value: 'switchable', label: 'May be switched off' },
        ],
      },
      {
        name: 'unprotectedChat',
        title: 'Chat while protection is off',
        text: 'When a model has no profile, or a damaged one. Each person can be left to allow it in their settings.',
        kind: 'choice',
        choices: [
          { value: 'user-choice', label: 'Each person decides' },
          { value: 'forbidden', label: 'Never' },
        ],
      },
      {
        name: 'protectModels',
        title: 'Protecting a model without a profile',
        text: 'One button, a quick calibration with the built-in prompts. Chat waits meanwhile, for everybody.',
        kind: 'choice',
        choices: [
          { value: 'everyone', label: 'Everybody on this machine' },
          { value: 'admin', label: 'The admin only' },
        ],
      },
      {
        name: 'useAskedPrompts',
        title: 'Calibrating with what people ask',
        text: 'Whether the admin may read a sample of the messages that were answered here, to make sure that their like is. People are told in the shield.',
        kind: 'choice',
        choices: [
          { value: 'false', label: 'Never' },
          { value: 'true', label: 'The admin may' },
        ],
      },
      {
        name: 'signingKeys',
        title: 'Whose profiles protect',
        text: 'Public keys of minisign, one a line. Where there are any, a profile protects only if one of them signed it; those that come with Steady have to be signed as well.',
        kind: 'text',
        lines: true,
        empty: 'Anybody’s',
      },
      { name: 'allowedModels', title: 'Models', text: 'Which models may be fetched, loaded and chatted with.', kind: 'models' },
    ],
  },
  {
    title: 'Refusal log',
    policies: [
      {
        name: 'storePromptText',
        title: 'What is kept',
        text: 'From the next refusal on. Without the text, refusals cannot be reviewed or searched, only counted.',
        kind: 'choice',
        choices: YES_NO,
      },
      {
        name: 'retentionDays',
        title: 'How long it is kept',
        text: 'Older entries are removed. That something was removed, and when, stays provable.',
        kind: 'number',
        unit: 'days',
        min: 1,
        max: 36_500,
        empty: 'For ever',
      },
      {
        name: 'onConversationDeleted',
        title: 'When a conversation is deleted',
        text: 'What becomes of the refusals in it, once the deletion can no longer be undone.',
        kind: 'choice',
        choices: [
          { value: 'keep', label: 'They are kept' },
          { value: 'keep-without-text', label: 'Kept without their text' },
          { value: 'remove', label: 'They are removed' },
        ],
      },
      {
        name: 'logWitness',
        title: 'A witness outside this machine',
        text: 'A folder, such as a share, to which the number and hash of the last entry are appended. A log that is made anew later does not fit them.',
        kind: 'text',
        lines: false,
        empty: 'None',
      },
      {
        name: 'logVisibility',
        title: 'Who may read it',
        text: 'Reviewing and exporting stay with the admin.',
        kind: 'choice',
        choices: [
          { value: 'admin', label: 'The admin only' },
          { value: 'everyone', label: 'Everybody on this machine' },
        ],
      },
    ],
  },
  {
    title: 'Other programs',
    policies: [
      {
        name: 'api',
        title: 'Replies to other programs',
        text: 'Programs that have a key get replies that are protected as the chat is, and refusals are logged. Each key is made here or on the command line.',
        kind: 'choice',
        choices: [
          { value: 'forbidden', label: 'Never' },
          { value: 'loopback', label: 'On this machine' },
          { value: 'network', label: 'On the network too' },
        ],
      },
      {
        name: 'apiRawText',
        title: 'Plain text without a chat',
        text: 'Programs can have a text gone on with as it stands. Protection was measured on chats, and is weaker here.',
        kind: 'choice',
        choices: [
          { value: 'forbidden', label: 'Never' },
          { value: 'allowed', label: 'Allowed' },
        ],
      },
    ],
  },
  {
    title: 'Admin area',
    policies: [
      {
        name: 'idleLockMinutes',
        title: 'Locks by itself',
        text: 'After so long without anybody at this area. Only where there is a passphrase.',
        kind: 'number',
        unit: 'minutes',
        min: 1,
        max: 1440,
        empty: null,
      },
    ],
  },
];

/** A text policy as it is written in its field. */
export const policyText = (value: unknown): string => (Array.isArray(value) ? value.join('\n') : typeof value === 'string' ? value : '');

/** What stands in the field of a text policy, as its value; empty is none. */
export function policyFromText(name: PolicyName, text: string, lines: boolean): Partial<PolicyValues> {
  const tidy = text.trim();
  if (tidy === '') return { [name]: null };
  return { [name]: lines ? tidy.split(/\s*\n\s*/) : tidy };
}

/** A choice's value as the policy has it. */
export function policyValueOf(name: PolicyName, choice: string): Partial<PolicyValues> {
  return { [name]: choice === 'true' ? true : choice === 'false' ? false : choice };
}
