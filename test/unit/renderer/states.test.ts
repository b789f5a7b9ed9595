/** What the page says about the engine, protection and replies. */
import { describe, expect, test } from 'vitest';
import type { EngineState, ProtectionState, ReplyOutcome } from '../../../electron/contract/index.ts';
import { canContinue, droppedTurns, outcomeLine, steeredMark } from '../../../renderer/lib/components/chat/outcome-text.ts';
import { explainProtection } from '../../../electron/contract/index.ts';
import { toProblem } from '../../../renderer/lib/problem.ts';
import { readiness } from '../../../renderer/lib/state/readiness.ts';
import { makeMessage, OUTCOME, STATS } from './support/messages.ts';

const engine = (status: EngineState['status'], error: EngineState['error'] = null): EngineState => ({
  status,
  modelId: 'm',
  modelName: 'M',
  loadProgress: null,
  contextSize: 4096,
  compute: null,
  error,
});
const protection = (status: ProtectionState['status'], chatAllowed: boolean): ProtectionState => ({
  status,
  reason: null,
  message: 'A sentence.',
  chatAllowed,
  profile: null,
});
const ON = protection('on', true);

describe('readiness', () => {
  test('all well', () => {
    expect(readiness('open', engine('ready'), ON)).toEqual({ canSend: true, note: null });
  });

  test('unprotected chat is only possible where it was allowed', () => {
    expect(readiness('open', engine('ready'), protection('off', true)).canSend).toBe(true);
    const blocked = readiness('open', engine('ready'), protection('off', false));
    expect(blocked.canSend).toBe(false);
    expect(blocked.note?.action).toBe('allow-unprotected');
  });

  test.each([
    ['no-profile', 'protect'],
    ['profile-damaged', 'protect'],
    ['self-test-failed', 'protect'],
    ['not-steerable', 'allow-unprotected'],
  ] as const)('off for %s: what is offered is to %s', (reason, action) => {
    expect(readiness('open', engine('ready'), { ...protection('off', false), reason }).note?.action).toBe(action);
  });

  test("where chat is held up, the app's own sentence is said without alarm, and nothing else about protection", () => {
    const held = protection('pending', false);
    expect(readiness('open', engine('ready'), held)).toMatchObject({ canSend: false, note: { tone: 'calm', message: 'A sentence.' } });
    expect(explainProtection(held)).toBe('');
  });

  test.each(['idle', 'starting', 'loading', 'crashed', 'failed'] as const)('nothing can be sent while the engine is %s', (status) => {
    expect(readiness('open', engine(status), ON).canSend).toBe(false);
  });

  test("a failed engine says the app's own sentence and offers to try again", () => {
    const error = { code: 'model-too-large' as const, message: 'Too large.', hint: 'Choose a smaller one.' };
    expect(readiness('open', engine('failed', error), ON).note).toMatchObject({
      message: 'Too large.',
      hint: 'Choose a smaller one.',
      action: 'retry-engine',
    });
  });

  test('nothing can be sent without a connection', () => {
    expect(readiness('lost', engine('ready'), ON)).toEqual({ canSend: false, note: null });
  });
});

describe('the line under a reply', () => {
  const line = (over: Partial<ReplyOutcome>) => outcomeLine({ ...OUTCOME, ...over });
  test.each([
    [{ verdict: 'complied', cause: 'none' }, null],
    [{ verdict: 'complied', cause: 'none', steered: true }, null],
    [{ verdict: 'refused', cause: 'steered' }, 'Refused by protection'],
    [{ verdict: 'refused', cause: 'model' }, 'Refused by the model itself'],
    [{ verdict: 'refused', cause: 'both' }, 'Refused by the model itself, and by protection'],
    [{ verdict: 'partial', cause: 'steered' }, 'Partly refused by protection'],
    [{ verdict: 'degenerate', cause: 'none' }, 'This reply seems broken. Regenerating may help.'],
  ] as const)('%j', (outcome, expected) => {
    expect(line(outcome)).toBe(expected);
  });
});

test('what else than the message made protection push is said', () => {
  const reading = {
    tokens: 3,
    text: [0, 3] as [number, number],
    u: -3,
    probes: [{ probe: 0, u: -3, at: 1, confirmed: false }],
    second: null,
    heat: null,
  };
  const line = (opened: 'system' | 'reply' | 'message' | 'answer') =>
    outcomeLine({ ...OUTCOME, verdict: 'refused', cause: 'steered', steered: true, reading: { ...reading, opened } });
  expect(line('system')).toBe('Refused by protection, for what the instructions of this chat ask');
  expect(line('reply')).toBe('Refused by protection, for what an earlier reply says that was not written here');
  expect(line('message')).toBe('Refused by protection, for what an earlier message asks');
  expect(line('answer')).toBe('Refused by protection. The reply that was begun looked harmful and was taken back');
  const answered = { ...OUTCOME, verdict: 'complied' as const, steered: true, reading: { ...reading, opened: 'answer' as const } };
  expect(steeredMark(answered)).toBe('The reply that was begun looked harmful and was taken back');
  expect(steeredMark({ ...answered, reading })).toBe('Protection pushed towards a refusal, and the model answered');
});

test('a reply that came from a file cannot be gone on with', () => {
  const cut = makeMessage({ role: 'assistant', text: 'Half', state: 'stopped' });
  expect(canContinue(cut)).toBe(true);
  expect(canContinue({ ...cut, foreign: true })).toBe(false);
});

test('dropped turns are said once, and again when more are dropped', () => {
  const reply = (dropped: number) => makeMessage({ role: 'assistant', stats: { ...STATS, droppedTurns: dropped } });
  expect(droppedTurns(reply(0), undefined)).toBeNull();
  expect(droppedTurns(reply(2), reply(0))).toBe(2);
  expect(droppedTurns(reply(2), reply(2))).toBeNull();
  expect(droppedTurns(reply(3), reply(2))).toBe(3);
});

test('anything thrown becomes a problem', () => {
  expect(toProblem({ code: 'disk-full', message: 'Full.', hint: 'Free some.' })).toEqual({
    code: 'disk-full',
    message: 'Full.',
    hint: 'Free some.',
  });
  expect(toProblem(new Error('plain'))).toEqual({ code: 'internal', message: 'plain', hint: '' });
  expect(toProblem('text').message).toBe('text');
  expect(toProblem(null).code).toBe('internal');
  expect(toProblem({ code: 7, message: 'x', hint: 7 })).toEqual({ code: 'internal', message: 'x', hint: '' });
});
