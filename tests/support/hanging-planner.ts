/** Preloaded into a server: the thread that plans rounds is failing-planner.ts, in which the optimiser hangs. */
const RealWorker = globalThis.Worker

class TamperedWorker extends RealWorker {
  constructor(url: string | URL, options?: WorkerOptions) {
    const isPlanner = String(url).endsWith('modules/dispatch/planning/worker.ts')
    super(isPlanner ? new URL('./failing-planner.ts', import.meta.url) : url, options)
  }
}

globalThis.Worker = TamperedWorker as typeof Worker
