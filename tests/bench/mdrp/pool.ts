/** Jobs over a few threads; results are told and given in the order of the jobs. */
import type { Job, JobResult } from './job.ts'
import type { WorkerReply } from './worker.ts'

export const runJobs = async (
  jobs: readonly Job[],
  workerCount: number,
  onResult: (result: JobResult) => void,
): Promise<JobResult[]> => {
  const results = new Array<JobResult>(jobs.length)
  let next = 0
  let told = 0
  const work = async () => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url).href)
    try {
      for (let index = next++; index < jobs.length; index = next++) {
        results[index] = await ask(worker, jobs[index]!)
        for (; results[told]; told++) onResult(results[told]!)
      }
    } finally {
      worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: Math.min(workerCount, jobs.length) }, work))
  return results
}

const ask = (worker: Worker, job: Job): Promise<JobResult> =>
  new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<WorkerReply>) =>
      'error' in data ? reject(new Error(data.error)) : resolve(data.result)
    worker.onerror = (event) => reject(new Error(event.message))
    worker.postMessage(job)
  })
