/** `bun run jobs list | retry ID`: what is to be done in the database at DATABASE_URL, and what could not be done. */
import { z } from 'zod'
import { commandSettings } from '#core/config'
import { connect } from '#core/database'
import { listJobs, listPeriodicJobs, retryJob } from '#core/jobs/operate'

const Arguments = z.union([z.tuple([z.literal('list')]), z.tuple([z.literal('retry'), z.uuid()])])

const parsed = Arguments.safeParse(process.argv.slice(2))
const { databaseUrl: url } = commandSettings()
if (!parsed.success || !url) {
  console.error('Usage: DATABASE_URL=... bun run jobs list | retry ID')
  process.exit(2)
}

const list = async () => {
  console.log('Recurring jobs:')
  for (const job of await listPeriodicJobs(sql)) {
    const failed = job.failureCount > 0 ? `  failed ${job.failureCount} times: ${job.lastError}` : ''
    const last = `last ${job.lastSuccessAt ?? 'never'}, next ${job.nextRunAt}`
    console.log(`  ${job.name.padEnd(24)} ${last}${job.claimedBy ? `, at ${job.claimedBy}` : ''}${failed}`)
  }
  const jobs = await listJobs(sql)
  console.log(jobs.length > 0 ? 'One-off jobs:' : 'No one-off jobs.')
  for (const job of jobs) {
    const due = job.state === 'failed' ? '' : `, due ${job.runAt}`
    const error = job.lastError ? `: ${job.lastError}` : ''
    console.log(`  ${job.id}  ${job.queue}  ${job.state}  attempts ${job.attemptCount}${due}${error}`)
  }
}

const retry = async (id: string) => {
  if (await retryJob(sql, id)) return console.log(`${id} is tried again.`)
  console.error(`There is no job ${id} that waits or has failed.`)
  process.exitCode = 1
}

const sql = connect({ url, poolMax: 1, statementTimeoutMs: 10_000, lockTimeoutMs: 5_000 })
try {
  const [command, id] = parsed.data
  await (command === 'list' ? list() : retry(id!))
} catch (error) {
  console.error(`Not done: ${(error as Error).message}`)
  process.exitCode = 1
} finally {
  await sql.end({ timeout: 5 })
}
