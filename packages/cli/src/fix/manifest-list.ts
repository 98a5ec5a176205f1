import { type Document, isMap, isScalar, isSeq, type YAMLMap, YAMLSeq } from 'yaml'

/** The mappings in a list of a manifest, as nodes that keep their comments. */
export function entriesOf(document: Document, name: string): YAMLMap[] {
  const list = document.get(name)
  return isSeq(list) ? list.items.filter(isMap) : []
}

/** Appends an entry, making the list where there is none. */
export function addEntry(document: Document, name: string, entry: Readonly<Record<string, unknown>>): void {
  const list = document.get(name)
  const node = document.createNode(entry)
  if (isSeq(list)) {
    // `hooks: []` would grow on one line.
    if (list.items.length === 0) list.flow = false
    list.add(node)
    return
  }
  const created = new YAMLSeq()
  created.add(node)
  document.set(name, created)
  separate(document, name)
}

/** An empty line before a new part of the file. */
function separate(document: Document, name: string): void {
  if (!isMap(document.contents)) return
  const pair = document.contents.items.find(({ key }) => isScalar(key) && key.value === name)
  if (pair !== undefined) pair.key = Object.assign(document.createNode(name), { spaceBefore: true })
}

/** Removes an entry. */
export function removeEntry(document: Document, name: string, entry: YAMLMap): void {
  const list = document.get(name)
  if (isSeq(list)) list.items = list.items.filter((item) => item !== entry)
}

/** The text at a key of an entry. */
export function textAt(entry: YAMLMap, ...keys: readonly string[]): string | undefined {
  const found = keys.map((key) => entry.get(key)).find((value) => typeof value === 'string')
  return typeof found === 'string' ? found : undefined
}
