import { open } from 'node:fs/promises'
import { arch, cpus, platform } from 'node:os'

/** Lines of Linux' description that say what a processor can do; the others change from core to core and from boot to boot. */
const TELLING = /^(model name|flags|Features|CPU implementer|CPU architecture|CPU variant|CPU part)\s*:.*$/gm

/** The first processor's lines; a host with hundreds of them has a megabyte. */
const ENOUGH = 16 * 1024

/**
 * What decides about the code and the memory layout that onnxruntime chooses: the model of the processor and, where the system
 * tells them, its instruction sets, because hypervisors hide some of them behind the same name.
 */
export async function processorName (): Promise<string> {
  const name = [platform(), arch(), cpus()[0]?.model ?? ''].join(' ')
  const text = await readStart('/proc/cpuinfo').catch(() => '')
  const first = text.split('\n\n', 1)[0] ?? ''
  return [name, ...first.match(TELLING) ?? []].join('\n')
}

async function readStart (path: string): Promise<string> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(ENOUGH), 0, ENOUGH, 0)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}
