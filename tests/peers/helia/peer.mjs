// Helia (the JavaScript implementation) on a leash: one command a line in, one answer a line out.
//
//     connect ADDRESS      join a peer
//     get CID FILE         fetch a block and write its bytes
//     put CODEC FILE       store a block (codec raw or dag-cbor); answers its CID
//     cat CID FILE         fetch a UnixFS file and write its bytes
//     gateway URL          fetch blocks from a trustless gateway, too
//     serve                serve blocks as a trustless gateway; answers its URL
//
// The first line out is `ok ADDRESS`, the address of this peer. It listens on the loopback interface only
// and looks for nobody: neither bootstrap peers nor routers nor gateways are configured.

import { createServer } from 'node:http'
import { readFile, writeFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { withBitswap } from '@helia/bitswap'
import { withLibp2pLight } from '@helia/libp2p'
import { trustlessGatewayBlockBroker } from '@helia/trustless-gateway-client'
import { unixfs } from '@helia/unixfs'
import { createVerifiedFetch } from '@helia/verified-fetch'
import * as dagCbor from '@ipld/dag-cbor'
import { identify } from '@libp2p/identify'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { createHeliaLight } from 'helia'
import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import { sha256 } from 'multiformats/hashes/sha2'

// A block that does not come within this is not coming.
const patience = 60_000

const light = () => createHeliaLight({ codecs: [dagCbor] })
const helia = withBitswap(withLibp2pLight(light(), {
  addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  services: { identify: identify() }
}))
await helia.start()

const bytesOf = async (source) => {
  const parts = []
  for await (const part of source) parts.push(part)
  return Buffer.concat(parts)
}

// What `blockstore.get` gives: bytes, or bytes in parts.
const block = async (from, cid) => {
  const got = await from.blockstore.get(cid, { signal: AbortSignal.timeout(patience) })
  return got instanceof Uint8Array ? got : bytesOf(got)
}

// A Helia without libp2p that has nothing but gateways to get blocks from.
const gateways = []

const commands = {
  async connect (address) {
    await helia.libp2p.dial(multiaddr(address))
    // Bitswap learns of a peer once identify has told what it speaks.
    await new Promise((resolve) => setTimeout(resolve, 300))
  },
  async get (cid, file) {
    await writeFile(file, await block(gateways[0] ?? helia, CID.parse(cid)))
  },
  async put (codec, file) {
    const bytes = await readFile(file)
    const code = codec === 'raw' ? raw.code : dagCbor.code
    const cid = CID.createV1(code, await sha256.digest(bytes))
    await helia.blockstore.put(cid, bytes)
    return cid.toString()
  },
  async cat (cid, file) {
    const parts = unixfs(helia).cat(CID.parse(cid), { signal: AbortSignal.timeout(patience) })
    await writeFile(file, await bytesOf(parts))
  },
  async gateway (url) {
    const { hostname, port } = new URL(url)
    const provider = {
      id: CID.createV1(raw.code, await sha256.digest(Buffer.from(url))),
      multiaddrs: [multiaddr(`/ip4/${hostname}/tcp/${port}/http`)],
      protocols: ['transport-ipfs-gateway-http'],
      router: 'named',
      fallback: false
    }
    const node = light()
    node.addRouter({ name: 'named', capabilities: () => [], async * findProviders () { yield provider } })
    node.addBlockBroker(trustlessGatewayBlockBroker({ allowInsecure: true, allowLocal: true }))
    await node.start()
    gateways.unshift(node)
    return url
  },
  async serve () {
    const fetch = await createVerifiedFetch(helia)
    const server = createServer((request, response) => {
      const answer = async () => {
        const headers = { accept: request.headers.accept ?? '*/*' }
        const got = await fetch(`ipfs://${request.url.replace(/^\/ipfs\//, '')}`, { headers })
        response.writeHead(got.status, Object.fromEntries(got.headers))
        if (got.body == null) response.end()
        else await pipeline(Readable.fromWeb(got.body), response)
      }
      answer().catch((error) => {
        process.stderr.write(`${error.stack}\n`)
        if (!response.headersSent) response.writeHead(500)
        response.end()
      })
    })
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${server.address().port}`
  }
}

const say = (...words) => process.stdout.write(`${words.join(' ')}\n`)
say('ok', helia.libp2p.getMultiaddrs()[0])
for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...words] = line.split(' ')
  try {
    say('ok', await commands[command](...words) ?? '')
  } catch (error) {
    process.stderr.write(`${error.stack}\n`)
    say('error', String(error).replace(/\s+/g, ' '))
  }
}
process.exit(0)
