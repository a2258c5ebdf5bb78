/**
 * Builds deploy/Dockerfile without a container engine: `buildah` in a chroot, all its storage under .data. The base images
 * are stand-ins made here from the very Debian packages that distroless is made of, and from this machine's own bun.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { dockerArch, type ImageConfig } from './image-config'
import { isAlive } from './runner-process'

const packagesFolder = resolve('.data/image-packages')

const bases = {
  RUNTIME_IMAGE: ['base-files', 'tzdata', 'ca-certificates', 'netbase'],
  LIBC_IMAGE: ['libc6'],
  BUN_IMAGE: ['libc6', 'dash'],
  // Of Postgres's image only what building on it takes: a shell and coreutils with the libraries they need. Enough for roads, too.
  POSTGRES_IMAGE: ['libc6', 'dash', 'coreutils', 'libacl1', 'libattr1', 'libgmp10', 'libpcre2-8-0', 'libselinux1'],
}
type Base = keyof typeof bases

export type Image = {
  config: ImageConfig
  /** The folder that holds the image's root file system, complete. */
  root: string
}

export type Images = {
  image: Image
  compressedBytes: number
  /** Of deploy/backup.Dockerfile, which stands on the first. */
  backup: Image
  /** Of deploy/roads.Dockerfile, with one file in it. */
  roads: Image
  remove(): void
}

/** Runs a program to its end; throws with all it said when it fails. */
const run = async (command: string[], cwd?: string): Promise<string> => {
  const env = { ...process.env, LC_ALL: 'C.UTF-8' }
  const child = Bun.spawn(command, { cwd, env, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  const [said, fault] = await Promise.all([child.stdout.text(), child.stderr.text()])
  const code = await child.exited
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${child.signalCode ?? code}:\n${said}${fault}`)
  return said
}

/** The images of this working copy; `labels` are build arguments. Some 15 s; the packages are kept for the next time. */
export const buildImages = async (labels: Record<string, string>): Promise<Images> => {
  removeAbandoned()
  const folder = resolve(`.data/image-${process.pid}`)
  const remove = () => rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  try {
    return { ...(await build(folder, labels)), remove }
  } catch (error) {
    remove()
    throw error
  }
}

/** A run that was killed outright could not tidy up, and an image's folder is large. */
const removeAbandoned = () => {
  for (const name of existsSync('.data') ? readdirSync('.data') : []) {
    const owner = /^image-(\d+)$/.exec(name)?.[1]
    if (owner && !isAlive(Number(owner))) rmSync(join('.data', name), { recursive: true, force: true })
  }
}

const build = async (folder: string, labels: Record<string, string>): Promise<Omit<Images, 'remove'>> => {
  const buildah = (...args: string[]) =>
    run([
      ...['env', `TMPDIR=${folder}`, 'buildah', '--storage-driver', 'vfs'],
      ...['--root', join(folder, 'storage'), '--runroot', join(folder, 'run'), ...args],
    ])
  const bud = (...args: string[]) => buildah('bud', '--isolation', 'chroot', '--format', 'docker', ...args)

  await fetchPackages()
  for (const base of Object.keys(bases) as Base[]) {
    const root = await layOut(base, join(folder, base))
    const recipe = join(folder, `${base}.Dockerfile`)
    writeFileSync(recipe, 'FROM scratch\nENV PATH=/usr/local/bin:/usr/bin:/bin\nCOPY . /\n')
    await bud('-q', '-t', `localhost/${base.toLowerCase()}`, '-f', recipe, root)
  }
  const buildArguments = {
    ...Object.fromEntries(Object.keys(bases).map((base) => [base, `localhost/${base.toLowerCase()}`])),
    // Set by today's builders themselves; Debian 12's buildah is from before.
    BUILDPLATFORM: `linux/${dockerArch}`,
    TARGETARCH: dockerArch,
    ...labels,
  }
  await bud(
    ...Object.entries(buildArguments).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
    ...['--secret', `id=npmrc,src=${await registrySettings(folder)}`, '-t', 'localhost/ridendine'],
    ...['-f', 'deploy/Dockerfile', '.'],
  )
  await buildah('push', '-q', 'localhost/ridendine', `oci:${join(folder, 'pushed')}:image`)
  const compressedBytes = filesUnder(join(folder, 'pushed', 'blobs')).reduce((sum, { size }) => sum + size, 0)
  await bud(
    ...['--build-arg', 'POSTGRES_IMAGE=localhost/postgres_image'],
    ...['--build-context', 'ridendine=docker-image://localhost/ridendine', '-t', 'localhost/ridendine-backup'],
    ...['-f', 'deploy/backup.Dockerfile', '.'],
  )
  const roads = join(folder, 'roads')
  mkdirSync(roads)
  writeFileSync(join(roads, 'city.bin'), 'roads of a city')
  await bud(
    ...['--build-arg', 'COPY_IMAGE=localhost/postgres_image', '--build-context', `roads=${roads}`],
    ...['-t', 'localhost/ridendine-roads', '-f', 'deploy/roads.Dockerfile', '.'],
  )
  const opened = async (name: string): Promise<Image> => {
    const container = (await buildah('from', name)).trim()
    const root = (await buildah('mount', container)).trim()
    return { root, config: JSON.parse(await buildah('inspect', '--type', 'image', name)).Docker.config }
  }
  return {
    image: await opened('localhost/ridendine'),
    compressedBytes,
    backup: await opened('localhost/ridendine-backup'),
    roads: await opened('localhost/ridendine-roads'),
  }
}

export const filesUnder = (folder: string) =>
  [...new Bun.Glob('**/*').scanSync({ cwd: folder, dot: true, onlyFiles: true })].map((path) => ({
    path,
    size: Bun.file(join(folder, path)).size,
  }))

const isFetched = () => {
  const files = existsSync(packagesFolder) ? readdirSync(packagesFolder) : []
  return Object.values(bases)
    .flat()
    .every((name) => files.some((file) => file.startsWith(`${name}_`)))
}

/** Debian's own packages, by apt, which checks their signatures. A fresh machine may have no lists yet. */
const fetchPackages = async () => {
  if (isFetched()) return
  mkdirSync(packagesFolder, { recursive: true })
  const download = ['apt-get', 'download', '-q', ...new Set(Object.values(bases).flat())]
  try {
    await run(download, packagesFolder)
  } catch {
    await run(['apt-get', 'update', '-q'])
    await run(download, packagesFolder)
  }
}

const packageFile = (name: string) =>
  join(packagesFolder, readdirSync(packagesFolder).find((file) => file.startsWith(`${name}_`))!)

const layOut = async (base: Base, root: string): Promise<string> => {
  mkdirSync(root, { recursive: true })
  for (const name of bases[base]) await run(['dpkg-deb', '-x', packageFile(name), root])
  await finish[base](root)
  return root
}

/** What the real images have besides the files of their packages. */
const finish: Record<Base, (root: string) => Promise<void>> = {
  RUNTIME_IMAGE: async (root) => {
    mkdirSync(join(root, 'etc/ssl/certs'), { recursive: true })
    const authorities = filesUnder(join(root, 'usr/share/ca-certificates')).map(({ path }) => path)
    await run(
      ['sh', '-c', 'cat "$@" > ../../../etc/ssl/certs/ca-certificates.crt', 'sh', ...authorities],
      join(root, 'usr/share/ca-certificates'),
    )
    mkdirSync(join(root, 'var/lib/dpkg/status.d'), { recursive: true })
    writeFileSync(
      join(root, 'etc/passwd'),
      'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n',
    )
    writeFileSync(join(root, 'etc/group'), 'root:x:0:\nnonroot:x:65532:\n')
    writeFileSync(join(root, 'etc/nsswitch.conf'), 'hosts: files dns\n')
  },
  LIBC_IMAGE: async (root) => {
    mkdirSync(join(root, 'var/lib/dpkg/status.d'), { recursive: true })
    writeFileSync(join(root, 'var/lib/dpkg/status.d/libc6'), await run(['dpkg-deb', '-f', packageFile('libc6')]))
  },
  POSTGRES_IMAGE: async (root) => {
    writeFileSync(
      join(root, 'etc/passwd'),
      'root:x:0:0:root:/root:/bin/sh\npostgres:x:999:999::/var/lib/postgresql:/bin/bash\n',
    )
    writeFileSync(join(root, 'etc/group'), 'root:x:0:\npostgres:x:999:\n')
  },
  BUN_IMAGE: async (root) => {
    for (const folder of ['usr/local/bin', 'etc/ssl/certs', 'root']) mkdirSync(join(root, folder), { recursive: true })
    mkdirSync(join(root, 'tmp'), { mode: 0o1777 })
    copyFileSync(process.execPath, join(root, 'usr/local/bin/bun'))
    copyFileSync(await authoritiesFile(), join(root, 'etc/ssl/certs/ca-certificates.crt'))
    writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n')
  },
}

const npmSetting = async (name: string) => {
  const value = (await run(['npm', 'config', 'get', name])).trim()
  return value === 'null' || value === 'undefined' ? undefined : value
}

/** Whom this machine trusts: a registry behind a company's proxy has a certificate of its own. */
const authoritiesFile = async () =>
  process.env.NODE_EXTRA_CA_CERTS ?? (await npmSetting('cafile')) ?? '/etc/ssl/certs/ca-certificates.crt'

/** Where this machine gets its packages from, and as whom: handed to the build as a secret, for no layer to keep. */
const registrySettings = async (folder: string): Promise<string> => {
  const files = [await npmSetting('globalconfig'), join(homedir(), '.npmrc')].filter((file) => file && existsSync(file))
  const lines = files
    .flatMap((file) => readFileSync(file!, 'utf8').split('\n'))
    .filter((line) => !/^\s*cafile\s*=/.test(line))
  const file = join(folder, 'npmrc')
  const own = [`registry=${await npmSetting('registry')}`, 'cafile=/etc/ssl/certs/ca-certificates.crt']
  writeFileSync(file, `${[...lines, ...own].join('\n')}\n`, { mode: 0o600 })
  return file
}
