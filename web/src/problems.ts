/** What went wrong, as something a person can act on. */

import { ApiError, type Explained, OfflineError } from './api.ts'
import type { Messages } from './i18n.ts'

export type Problem =
  | { kind: 'offline' | 'key' | 'slow' | 'tooLarge' }
  | { kind: 'busy'; seconds: number }
  | ({ kind: 'failed' } & Explained)

export function problemOf(error: unknown): Problem {
  if (error instanceof OfflineError) return { kind: 'offline' }
  if (!(error instanceof ApiError)) return { kind: 'failed', detail: String(error) }
  const { status, problem, retryAfter } = error
  switch (status) {
    case 401:
    case 403:
      return { kind: 'key' }
    case 408:
    case 504:
      return { kind: 'slow' }
    case 413:
      return { kind: 'tooLarge' }
    case 429:
      return { kind: 'busy', seconds: Math.max(1, Math.ceil(retryAfter ?? 2)) }
    default:
      return { kind: 'failed', ...problem }
  }
}

/** A problem in a line, where there is no room for more. */
export function textOf(problem: Problem, m: Messages): string {
  if (problem.kind === 'failed') return problem.detail
  return problem.kind === 'key' ? m.mayNotChange : m[problem.kind]
}
