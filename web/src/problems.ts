/** What went wrong, as something a person can act on. */

import { ApiError, OfflineError } from './api.ts'

export type Problem =
  | { kind: 'offline' | 'key' | 'slow' | 'tooLarge' }
  | { kind: 'busy'; seconds: number }
  | { kind: 'failed'; detail: string }

export function problemOf(error: unknown): Problem {
  if (error instanceof OfflineError) return { kind: 'offline' }
  if (!(error instanceof ApiError)) return { kind: 'failed', detail: String(error) }
  switch (error.status) {
    case 401:
    case 403:
      return { kind: 'key' }
    case 408:
    case 504:
      return { kind: 'slow' }
    case 413:
      return { kind: 'tooLarge' }
    case 429:
    case 503:
      return { kind: 'busy', seconds: Math.max(1, Math.ceil(error.retryAfter ?? 2)) }
    default:
      return { kind: 'failed', detail: error.detail }
  }
}
