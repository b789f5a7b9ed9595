/** What every route gets. */
import type { Context } from 'hono';
import type { Policies } from '../../admin/policies.ts';
import type { Sampling } from '../../contract/index.ts';
import type { EngineSupervisor } from '../../engine/supervisor.ts';
import type { ProtectionService } from '../../protection/protection-service.ts';
import type { ApiReplies } from '../replies.ts';

export interface ApiServices {
  engine: EngineSupervisor;
  protection: ProtectionService;
  policies: Policies;
  replies: ApiReplies;
  /** What holds where a request says nothing. */
  defaultSampling(): Sampling;
  /** Of whatever a reply depends on beside the request: this version, and the profile. */
  fingerprint(): string;
  /** Aborts when whoever asked has gone, or the server closes. */
  goneOf(context: Context): { signal: AbortSignal; abort(): void };
}
