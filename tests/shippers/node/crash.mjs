// What every client is given: where to send, its key, and the text of a crash, or an error of its own to report.
import { readFileSync } from 'node:fs'

export const [address, key, file] = process.argv.slice(2)
export const { hostname, port } = new URL(address)
export const text = file ? readFileSync(file, 'utf8').trimEnd() : undefined

export function thrown () {
  try {
    throw new Error('shop has no dsn')
  } catch (error) {
    return error
  }
}
