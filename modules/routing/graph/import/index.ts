/** From a map file to road graphs: read it, then import it once for each profile. */
export { MapFileError } from './file-error'
export { type ImportOptions, type ImportReport, importRoads } from './import-roads'
export type { OsmData } from './osm-data'
export { readGeoJson } from './read-geojson'
export { readMap } from './read-map'
export { type OnProgress, readPbf } from './read-pbf'
export { readXml } from './read-xml'
