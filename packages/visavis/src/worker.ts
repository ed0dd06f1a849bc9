/**
 * The worker's side of `remote`: import it in a worker's script, which needs nothing else.
 *
 * @module visavis/worker
 */
import { serve } from './serving.ts'

serve(self)
