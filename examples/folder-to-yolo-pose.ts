/**
 * From a folder of pictures to a data set for YOLO-pose, split for training and validation:
 *
 *     npx tsx examples/folder-to-yolo-pose.ts photos dataset
 *     MODE=body-balanced npx tsx examples/folder-to-yolo-pose.ts photos dataset --val 0.1
 *
 * `label-studio-rtmpose predict` finds the people; this script copies the pictures, splits them, and reads the whole set back. The same
 * pictures fall on the same side every time, whatever else is in the folder as long as their number stays about the same.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

process.exitCode = await main().catch((error: Error) => {
  console.error(error.message)
  return 1
})

async function main (): Promise<number> {
  const { values, positionals: [photos, dataset] } = parseArgs({ options: { val: { type: 'string', default: '0.2' } }, allowPositionals: true })
  const share = Number(values.val)
  if (photos === undefined || dataset === undefined || !(share > 0 && share < 1)) {
    console.error('npx tsx examples/folder-to-yolo-pose.ts <folder of pictures> <new folder> [--val 0.2]')
    return 64
  }
  if ((await readdir(dataset).catch(() => [])).length > 0) throw new Error(`${dataset} is not empty: name a new folder.`)

  const found = await mkdtemp(join(tmpdir(), 'poses-'))
  try {
    const code = await predictPoses(photos, found)
    // 65: some pictures could not be estimated; they are named, and left out here.
    if (code !== 0 && code !== 65) return code
    const { train, val } = await write(photos, found, dataset, share)
    const people = await readBack(dataset)
    console.log(`${dataset}: ${train} pictures for training, ${val} for validation, ${people.count} people with ${people.points} points each`)
    return code
  } finally {
    await rm(found, { recursive: true, force: true })
  }
}

/** @returns its exit code */
async function predictPoses (photos: string, out: string): Promise<number> {
  const program = fileURLToPath(new URL('../dist/src/cli.js', import.meta.url))
  const child = spawn(process.execPath, [program, 'predict', photos, '--out', out, '--format', 'yolo-pose'], { stdio: ['ignore', 'ignore', 'inherit'] })
  const [code] = await once(child, 'close') as [number | null]
  return code ?? 1
}

interface Record { picture: { name: string } }

async function write (photos: string, found: string, dataset: string, share: number): Promise<{ train: number, val: number }> {
  const names: string[] = []
  for (const file of await readdir(join(found, 'json'), { recursive: true })) {
    if (file.endsWith('.json')) names.push((JSON.parse(await readFile(join(found, 'json', file), 'utf8')) as Record).picture.name)
  }
  if (names.length < 2) throw new Error('Two pictures at least are needed, one for training and one for validation.')
  const hashes = new Map(names.map((name) => [name, createHash('sha256').update(name).digest('hex')]))
  names.sort((a, b) => hashes.get(a)! < hashes.get(b)! ? -1 : 1)
  const val = Math.min(Math.max(Math.round(names.length * share), 1), names.length - 1)
  for (const [index, name] of names.entries()) {
    const half = index < val ? 'val' : 'train'
    const label = `${name.replace(/\.[^./]*$/, '')}.txt`
    const [picture, text] = [join(dataset, 'images', half, name), join(dataset, 'labels', half, label)]
    await mkdir(dirname(picture), { recursive: true })
    await mkdir(dirname(text), { recursive: true })
    await copyFile(join(photos, name), picture)
    await copyFile(join(found, 'yolo-pose/labels', label), text)
  }
  const data = await readFile(join(found, 'yolo-pose/data.yaml'), 'utf8')
  const facts = data.split('\n').filter((line) => !/^(#|train:|val:)/.test(line)).join('\n')
  await writeFile(join(dataset, 'data.yaml'), `path: ${JSON.stringify(resolve(dataset))}\ntrain: images/train\nval: images/val\n${facts}`)
  return { train: names.length - val, val }
}

/** Reads every label as a trainer would. @throws Error for the first that is wrong */
async function readBack (dataset: string): Promise<{ count: number, points: number }> {
  const data = await readFile(join(dataset, 'data.yaml'), 'utf8')
  const points = Number(/^kpt_shape: \[(\d+), 3\]$/m.exec(data)?.[1])
  let count = 0
  for (const half of ['train', 'val']) {
    for (const file of await readdir(join(dataset, 'labels', half), { recursive: true })) {
      if (!file.endsWith('.txt')) continue
      for (const line of (await readFile(join(dataset, 'labels', half, file), 'utf8')).split('\n').filter((line) => line !== '')) {
        const numbers = line.split(' ').map(Number)
        if (numbers.length !== 5 + points * 3 || numbers[0] !== 0) throw new Error(`${half}/${file}: ${numbers.length} columns in place of ${5 + points * 3}.`)
        const outside = numbers.slice(1).some((value, index) => index >= 4 && index % 3 === 0 ? ![0, 1, 2].includes(value) : !(value >= 0 && value <= 1))
        if (outside) throw new Error(`${half}/${file}: a value outside of the picture.`)
        count++
      }
    }
  }
  return { count, points }
}
