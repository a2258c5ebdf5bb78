import { closeSync, existsSync, fsyncSync, openSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { type City, decodeCity, encodeCity, HEAD_BYTES, PIECE_BYTES, RoadsFormatError } from './graph/format'

/** A road file that cannot be used, by its path and why. */
export class RoadsFileError extends Error {}

const WRITE_BYTES = 64 * 1024 * 1024

/** Writes a city whole or not at all: under another name first, which is given up for `path` when all is on the disk. */
export const writeRoads = (path: string, city: City) => {
  const bytes = encodeCity(city)
  const unfinished = `${path}.unfinished`
  try {
    const file = openSync(unfinished, 'w')
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, Math.min(WRITE_BYTES, bytes.length - at))
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(unfinished, path)
  } catch (error) {
    rmSync(unfinished, { force: true })
    throw error
  }
}

/**
 * Maps a city into memory: what is not asked for stays on the disk. A file in use may be replaced by another of the same
 * name (as `writeRoads` does), not written over. Throws RoadsFileError.
 */
export const mapRoads = (path: string): City => {
  if (!existsSync(path)) throw new RoadsFileError(`${path} does not exist`)
  if (!statSync(path).isFile()) throw new RoadsFileError(`${path} is no file`)
  try {
    // An empty file cannot be mapped.
    const bytes = statSync(path).size === 0 ? new Uint8Array() : Bun.mmap(path)
    return decodeCity(bytes as Uint8Array<ArrayBuffer>, piecesOf(path))
  } catch (error) {
    if (error instanceof RoadsFormatError) throw new RoadsFileError(`${path}: ${error.message}`)
    throw error
  }
}

/** What follows a file's head, read rather than mapped: each piece in the place of the one before. */
const piecesOf = function* (path: string): Generator<Uint8Array> {
  const file = openSync(path, 'r')
  try {
    const piece = new Uint8Array(PIECE_BYTES)
    for (let at = HEAD_BYTES; ; at += PIECE_BYTES) {
      let size = 0
      for (let read = -1; read !== 0 && size < PIECE_BYTES; size += read)
        read = readSync(file, piece, size, PIECE_BYTES - size, at + size)
      if (size > 0) yield piece.subarray(0, size)
      if (size < PIECE_BYTES) return
    }
  } finally {
    closeSync(file)
  }
}
