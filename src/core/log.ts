import pino, { type DestinationStream, type Logger } from 'pino'
import { requestContext } from '#core/request-context'

export type Log = Logger

type LogOptions = { level: string; format: 'json' | 'pretty' }

const FLUSH_EVERY_MS = 100
const BUFFER_BYTES_MIN = 8_192

let logger: Logger = pino({ level: 'silent' })
let flush = () => {}

/** Structured lines on standard output, each with the request and trace it belongs to. Buffered: flushLog() on exit. */
export const openLog = async ({ level, format }: LogOptions) => {
  const destination = format === 'pretty' ? await prettyDestination() : bufferedDestination()
  logger = pino(
    {
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // A last net; code does not log these in the first place.
      redact: {
        paths: ['password', '*.password', 'authorization', '*.authorization', 'token', '*.token'],
        remove: true,
      },
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
  const { default: pretty } = await import('pino-pretty')
  return pretty({ colorize: process.stdout.isTTY, ignore: 'requestId,traceId', translateTime: 'HH:MM:ss', sync: true })
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
