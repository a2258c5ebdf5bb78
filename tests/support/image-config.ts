/** What an image says of itself, in Docker's format, as far as tests look at it. */
export type ImageConfig = {
  User: string
  Env: string[]
  Entrypoint: string[]
  Cmd: string[]
  WorkingDir: string
  ExposedPorts: Record<string, object>
  Labels: Record<string, string>
  Healthcheck: { Test: string[]; Interval: number; Timeout: number; StartPeriod: number; Retries: number }
  Volumes: Record<string, object>
}

/** This machine's architecture by the name that container builds use. */
export const dockerArch = process.arch === 'x64' ? 'amd64' : process.arch
