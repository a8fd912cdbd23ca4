// js-ipfs as a daemon with the RPC interface of all IPFS daemons, alone on the loopback interface. Prints
// `ok URL` when it listens and ends with its standard input.

import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('node_modules/ipfs/src/cli.js', import.meta.url))
const folder = await mkdtemp(join(tmpdir(), 'js-ipfs-'))
const env = { ...process.env, IPFS_PATH: folder }
const run = (...args) => spawn(process.execPath, [cli, ...args], { env, stdio: ['ignore', 2, 2] })
const ended = (child) => new Promise((resolve) => child.on('exit', resolve))

await ended(run('init', '--empty-repo', '--profile', 'test'))
const name = join(folder, 'config')
const config = JSON.parse(await readFile(name))
config.Bootstrap = []
// Its TCP transport refuses its own addresses; nobody needs to dial it.
config.Addresses.Swarm = []
config.Addresses.RPC = '/ip4/127.0.0.1/tcp/0'
config.Pubsub.Enabled = false
config.Routing.Type = 'none'
await writeFile(name, JSON.stringify(config))

const daemon = run('daemon')
const end = async (status) => {
  daemon.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
  process.exit(status)
}
process.stdin.on('end', () => end(0)).resume()
daemon.on('exit', () => end(1))

for (;;) {
  const api = await readFile(join(folder, 'api'), 'utf8').catch(() => '')
  const [, , host, , port] = api.trim().split('/')
  // The file is there before the port answers.
  if (port && await fetch(`http://${host}:${port}/api/v0/version`, { method: 'POST' }).catch(() => null)) {
    process.stdout.write(`ok http://${host}:${port}\n`)
    break
  }
  await new Promise((resolve) => setTimeout(resolve, 100))
}
