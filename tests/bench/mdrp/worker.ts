/** A thread that works off jobs, one message each. */
import { type Job, type JobResult, runJob } from './job.ts'

export type WorkerReply = { result: JobResult } | { error: string }

declare const self: Worker

self.onmessage = ({ data }: MessageEvent<Job>) => {
  let reply: WorkerReply
  try {
    reply = { result: runJob(data) }
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    reply = { error: `${data.policy} on ${data.folder}: ${text}` }
  }
  self.postMessage(reply)
}
