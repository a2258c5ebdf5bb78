/** A file that cannot be read as a map: of another format, cut off, or damaged. The message is for whoever gave it. */
export class MapFileError extends Error {
  override name = 'MapFileError'
}
