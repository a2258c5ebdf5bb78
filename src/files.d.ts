/** Imported `with { type: 'file' }`: the path of a file that the compiled executable carries inside. */
declare module 'swagger-ui-dist/*' {
  const path: string
  export default path
}
