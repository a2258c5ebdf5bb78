import pino, { type DestinationStream, type Logger } from 'pino'
import { clock } from '#core/clock'
import { ConfigError } from '#core/config'
import { type RequestContext, requestContext } from '#core/request-context'

export type Log = Logger

type LogOptions = { level: string; format: 'json' | 'pretty' }

const FLUSH_EVERY_MS = 100
const BUFFER_BYTES_MIN = 8_192

let logger: Logger = pino({ level: 'silent' })
let flush = () => {}

/** Structured lines on standard output, each with the request and trace it belongs to. Buffered: flushLog() on exit. */
export const openLog = async ({ level, format }: LogOptions) => {
  const destination = format === 'pretty' ? await prettyDestination() : bufferedDestination()
  accessDestination = format === 'json' ? destination : undefined
  logger = pino(
    {
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      mixin: () => {
        const context = requestContext()
        return context ? { requestId: context.requestId, traceId: context.trace.traceId } : {}
      },
    },
    destination,
  )
}

const bufferedDestination = (): DestinationStream => {
  const destination = pino.destination({
    fd: 1,
    sync: false,
    minLength: BUFFER_BYTES_MIN,
    periodicFlush: FLUSH_EVERY_MS,
  })
  flush = () => destination.flushSync()
  return destination
}

// Not in the production image: pino-pretty is a development dependency.
const prettyDestination = async (): Promise<DestinationStream> => {
  const { default: pretty } = await import('pino-pretty').catch(() => {
    throw new ConfigError('LOG_FORMAT: pretty needs the development packages; here it can only be json')
  })
  return pretty({ colorize: process.stdout.isTTY, ignore: 'requestId,traceId', translateTime: 'HH:MM:ss', sync: true })
}

export type AccessLine = { method: string; route: string; status: number; ms: number }

let accessDestination: DestinationStream | undefined

/**
 * The line of one request. Written by hand, since there is one for every request and its parts are known to be safe:
 * methods and route templates are ours, request and trace ids were checked.
 */
export const logRequest = (line: AccessLine, { requestId, trace }: RequestContext) => {
  if (!logger.isLevelEnabled('info')) return
  if (!accessDestination) return logger.info(line, 'request')
  accessDestination.write(
    `{"level":"info","time":"${clock.now().toISOString()}","requestId":"${requestId}","traceId":"${trace.traceId}",` +
      `"method":"${line.method}","route":"${line.route}","status":${line.status},"ms":${line.ms},"msg":"request"}\n`,
  )
}

/** The logger of one part of the process, named in each of its lines. */
export const log = {
  debug: (fields: object, message: string) => logger.debug(fields, message),
  info: (fields: object, message: string) => logger.info(fields, message),
  warn: (fields: object, message: string) => logger.warn(fields, message),
  error: (fields: object, message: string) => logger.error(fields, message),
}

export const flushLog = () => {
  try {
    flush()
  } catch {
    // Standard output may already be closed; there is nowhere left to say so.
  }
}
