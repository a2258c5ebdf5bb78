const HEADING = /^## +(.+?)\s*$/

/** Whether a heading such as `1.2.3`, `[1.2.3]` or `1.2.3 - 2026-11-23` is that of a version. */
const isOf = (heading: string, version: string) => heading.replace(/^\[([^\]]+)\]/, '$1').split(/\s/)[0] === version

/**
 * What a changelog (Keep a Changelog) says of a version, without its heading. Throws an Error when it says nothing of it, or
 * of it twice.
 */
export const notesOf = (changelog: string, version: string): string => {
  const lines = changelog.split(/\r?\n/)
  const headings = lines.flatMap((line, at) => {
    const [, heading] = HEADING.exec(line) ?? []
    return heading === undefined ? [] : [{ heading, at }]
  })
  const [own, second] = headings.filter(({ heading }) => isOf(heading, version))
  if (!own) throw new Error(`CHANGELOG.md has no section "## ${version}": move there what is under Unreleased.`)
  if (second) throw new Error(`CHANGELOG.md has two sections "## ${version}".`)
  const end = headings.find(({ at }) => at > own.at)?.at ?? lines.length
  const notes = lines
    .slice(own.at + 1, end)
    .join('\n')
    .trim()
  if (!/^[-*] /m.test(notes)) throw new Error(`The section "## ${version}" of CHANGELOG.md lists nothing.`)
  return notes
}
