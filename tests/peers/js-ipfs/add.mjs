// Adds a file to a daemon: `node add.mjs URL FILE` prints its CID.

import { openAsBlob } from 'node:fs'

const [url, path] = process.argv.slice(2)
const form = new FormData()
form.set('file', await openAsBlob(path), 'file')
const options = 'cid-version=1&raw-leaves=true&chunker=size-262144&pin=false&quieter=true'
const response = await fetch(`${url}/api/v0/add?${options}`, { method: 'POST', body: form })
const text = await response.text()
if (!response.ok) throw new Error(text)
console.log(JSON.parse(text.trim().split('\n').at(-1)).Hash)
