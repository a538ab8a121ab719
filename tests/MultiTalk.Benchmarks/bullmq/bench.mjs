// Measures BullMQ. Started with the path of Redis' socket and a file with the payload of a job; reads lines
// "fetch JOBS CONCURRENCY" or "work JOBS CONCURRENCY" and answers each with a line: the seconds it took.
// It ends with its stdin, and so with whoever started it.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Queue, Worker } from 'bullmq'

const [, , path, payload] = process.argv
const connection = { path, maxRetriesPerRequest: null }
const data = JSON.parse(readFileSync(payload, 'utf8'))
let round = 0

async function filled(jobs) {
  const queue = new Queue(`round-${++round}`, { connection })
  for (let done = 0; done < jobs; done += 1000)
    await queue.addBulk(Array.from({ length: Math.min(1000, jobs - done) }, () => ({ name: 'job', data })))
  return queue
}

// The fetch alone: claims by hand, none completed.
async function fetch(jobs, concurrency) {
  const queue = await filled(jobs)
  const worker = new Worker(queue.name, null, { connection, autorun: false })
  await worker.waitUntilReady()
  let claimed = 0
  const claimer = async token => {
    while (await worker.getNextJob(token, { block: false })) claimed++
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: concurrency }, (_, index) => claimer(`claimer-${index}`)))
  const seconds = (performance.now() - start) / 1000
  if (claimed !== jobs) throw new Error(`BullMQ claimed ${claimed} of ${jobs} jobs.`)
  await worker.close()
  await queue.close()
  return seconds
}

// Its ordinary worker with nothing to do: every job is claimed and completed.
async function work(jobs, concurrency) {
  const queue = await filled(jobs)
  const worker = new Worker(queue.name, async () => {}, { connection, autorun: false, concurrency })
  await worker.waitUntilReady()
  let completed = 0
  const start = performance.now()
  await new Promise((resolve, reject) => {
    worker.on('completed', () => ++completed === jobs && resolve())
    worker.on('error', reject)
    worker.run().catch(reject)
  })
  const seconds = (performance.now() - start) / 1000
  await worker.close()
  await queue.close()
  return seconds
}

for await (const line of createInterface({ input: process.stdin })) {
  const [what, jobs, concurrency] = line.split(' ')
  console.log(await (what === 'fetch' ? fetch : work)(Number(jobs), Number(concurrency)))
}
