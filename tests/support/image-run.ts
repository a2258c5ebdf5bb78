/**
 * Starts a program inside an image's root as a container engine would: its own mount and process namespaces, the root
 * read-only with no /tmp to write to, no capabilities, the image's user, only the environment that is named.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Image } from './image-build'

/** The name by which a program in the image reaches this machine's Postgres: names must resolve in there too. */
export const databaseHost = 'database.internal'

// Arguments: the root, the user, then the program. What an engine brings is /proc, a few devices, and the read-only flag.
const script = `
set -e
root=$1 user=$2
shift 2
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o size=64k,mode=755 devices "$root/dev"
for device in null zero full random urandom; do
  : > "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mount -o remount,ro "$root/dev"
mount -o remount,bind,ro "$root"
exec setpriv --no-new-privs chroot --groups= --userspec="$user" "$root" "$@"
`

const outputCharsMax = 200_000

export type Contained = ReturnType<typeof runInImage>

/** Engines write these two themselves, before they make the root read-only. */
export const prepareRoot = ({ root }: Image) => {
  mkdirSync(join(root, 'etc'), { recursive: true })
  writeFileSync(join(root, 'etc/hosts'), `127.0.0.1 localhost ${databaseHost}\n`)
  writeFileSync(join(root, 'etc/resolv.conf'), '')
}

/** Runs the image's entry point with `args` (its default command when there are none). */
export const runInImage = (
  { root, config }: Image,
  args: string[],
  environment: Record<string, string> = {},
  input = '',
) => {
  const program = [...config.Entrypoint, ...(args.length > 0 ? args : config.Cmd)]
  const namespaces = ['unshare', '--mount', '--propagation', 'private', '--pid', '--fork']
  const child = Bun.spawn([...namespaces, 'sh', '-c', script, 'sh', root, config.User, ...program], {
    env: {
      ...Object.fromEntries(config.Env.map((one) => one.split(/=(.*)/s).slice(0, 2))),
      ...environment,
      PATH: process.env.PATH,
    },
    stdin: new TextEncoder().encode(input),
    stdout: 'pipe',
    stderr: 'pipe',
  })
  let output = ''
  const keep = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder()
    for await (const chunk of stream) output = (output + decoder.decode(chunk, { stream: true })).slice(-outputCharsMax)
  }
  const read = Promise.all([keep(child.stdout), keep(child.stderr)])
  /** As this machine sees it; in its own namespace it is process 1. */
  const pid = () => {
    const children = `/proc/${child.pid}/task/${child.pid}/children`
    return existsSync(children) ? Number(readFileSync(children, 'utf8').trim()) : 0
  }
  return {
    pid,
    output: () => output,
    hasExited: () => child.exitCode !== null,
    /** Ends it by force: unshare would take it along, were that wish not forgotten when the program changes its user. */
    end: () => {
      if (child.exitCode === null && pid() > 0) process.kill(pid(), 'SIGKILL')
      child.kill('SIGKILL')
    },
    exited: async (seconds = 20): Promise<number> => {
      const code = await Promise.race([child.exited, Bun.sleep(seconds * 1000).then(() => 'timeout' as const)])
      if (code === 'timeout') throw new Error(`still runs after ${seconds} s:\n${output.slice(-4000)}`)
      await Promise.race([read, Bun.sleep(500)])
      return code
    },
  }
}
