/** Whether a message can be sent now, and if not, why and what would help. */
import type { EngineState, ProtectionState } from '../contract.ts';
import type { LinkStatus } from '../bridge/index.ts';

export interface Readiness {
  readonly canSend: boolean;
  /** What to say above the composer; null when all is well or the reason is short-lived and said elsewhere. */
  readonly note: {
    readonly tone: 'danger' | 'warn' | 'calm';
    readonly message: string;
    readonly hint: string;
    readonly action: 'protect' | 'allow-unprotected' | 'retry-engine' | 'choose-model' | null;
  } | null;
}

const blocked = (note: Readiness['note']): Readiness => ({ canSend: false, note });
const calm = (message: string): Readiness => blocked({ tone: 'calm', message, hint: '', action: null });

const MENDED_BY_A_PROFILE: ReadonlySet<string | null> = new Set(['no-profile', 'profile-damaged', 'profile-mismatch', 'self-test-failed']);

/** Whether what is missing is a profile, which a calibration makes. */
export const mayBeProtected = ({ status, reason }: Pick<ProtectionState, 'status' | 'reason'>): boolean =>
  status === 'off' && MENDED_BY_A_PROFILE.has(reason);

export function readiness(link: LinkStatus, engine: EngineState, protection: ProtectionState): Readiness {
  if (link !== 'open') return blocked(null);
  switch (engine.status) {
    case 'idle':
      return blocked({ tone: 'calm', message: 'No model is loaded.', hint: '', action: 'choose-model' });
    case 'starting':
      return calm('The engine is starting. You can already write.');
    case 'loading':
      return calm('The model is loading. You can already write.');
    case 'crashed':
      return blocked({
        tone: 'warn',
        message: 'The engine stopped unexpectedly and is being restarted.',
        hint: 'Everything written so far is saved.',
        action: null,
      });
    case 'failed':
      return blocked({
        tone: 'danger',
        message: engine.error?.message ?? 'The model could not be loaded.',
        hint: engine.error?.hint ?? '',
        action: 'retry-engine',
      });
    case 'ready':
      break;
  }
  if (protection.chatAllowed) return { canSend: true, note: null };
  if (protection.status === 'pending') return calm(protection.message);
  if (protection.reason === 'policy') {
    return blocked({
      tone: 'warn',
      message: protection.message,
      hint: 'The admin of this machine decides about that.',
      action: 'choose-model',
    });
  }
  if (mayBeProtected(protection)) {
    return blocked({
      tone: 'calm',
      message: protection.message,
      hint: 'Chat is paused while replies would be unprotected.',
      action: 'protect',
    });
  }
  return blocked({
    tone: 'warn',
    message: protection.message === '' ? 'Protection is off.' : protection.message,
    hint: 'Chat is paused while replies would be unprotected.',
    action: 'allow-unprotected',
  });
}
