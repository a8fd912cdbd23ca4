// js-ipfs as a daemon with the RPC interface of all IPFS daemons, alone on the loopback interface: what
// `ipfs daemon` of npm's `ipfs` starts, without its gateway. Prints `ok URL` when it listens and ends with
// its standard input.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create } from 'ipfs-core'
import { HttpApi } from 'ipfs-http-server'

// Libraries print; the answer is all that goes out.
console.log = console.error

const folder = await mkdtemp(join(tmpdir(), 'js-ipfs-'))
process.stdin.on('end', async () => {
  await rm(folder, { recursive: true, force: true })
  process.exit(0)
}).resume()

const ipfs = await create({
  repo: join(folder, 'repo'),
  silent: true,
  preload: { enabled: false },
  init: { emptyRepo: true, profiles: ['test'] },
  config: {
    Bootstrap: [],
    // Its TCP transport refuses its own addresses; nobody needs to dial it.
    Addresses: { Swarm: [], Delegates: [], API: '/ip4/127.0.0.1/tcp/0' },
    Discovery: { MDNS: { Enabled: false }, webRTCStar: { Enabled: false } },
    Pubsub: { Enabled: false },
    Routing: { Type: 'none' }
  }
})
const api = new HttpApi(ipfs)
await api.start()
process.stdout.write(`ok ${api._apiServers[0].info.uri}\n`)
