import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { readContainerLimits } from '../../src/container/container-limits.ts'
import { readContainerUse } from '../../src/container/container-use.ts'

async function write (dir: string, files: Record<string, string>): Promise<void> {
  await mkdir(dir, { recursive: true })
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), `${text}\n`)
}

t.test('a container sees its own limits', async (t) => {
  const mount = t.testdir({ self: '0::/\n' })
  await write(mount, { 'memory.max': '4294967296', 'memory.current': '104857600', 'memory.stat': 'anon 20971520\nfile 83886080\nworkingset_refault_file 9\ninactive_file 62914560\nactive_file 20971520', 'cpu.max': '250000 100000', 'cpu.stat': 'usage_usec 1\nthrottled_usec 1500000\nnr_bursts 0' })
  const files = { mount, self: join(mount, 'self') }
  t.strictSame(readContainerLimits(files), { memoryBytes: 4 * 1024 ** 3, cpus: 2.5 })
  t.strictSame(readContainerUse(files), { usedMemoryBytes: 40 * 1024 ** 2, throttledSeconds: 1.5 }, 'files that were read and may go are not counted')
})

t.test('the narrowest of the groups around a unit counts', async (t) => {
  const mount = t.testdir({ self: '0::/system.slice/pose.service\n' })
  await write(mount, {})
  await write(join(mount, 'system.slice'), { 'memory.max': '1000', 'cpu.max': 'max 100000' })
  await write(join(mount, 'system.slice/pose.service'), { 'memory.max': 'max', 'cpu.max': '50000 100000', 'memory.current': '10' })
  const files = { mount, self: join(mount, 'self') }
  t.strictSame(readContainerLimits(files), { memoryBytes: 1000, cpus: 0.5 })
  t.strictSame(readContainerUse(files), { usedMemoryBytes: 10, throttledSeconds: null })
})

t.test('cgroup v1 has a tree for each controller', async (t) => {
  const mount = t.testdir({ self: '9:name=systemd:/docker/1\n4:memory:/docker/1\n2:cpu,cpuacct:/docker/1\n0::/\n' })
  await write(join(mount, 'memory'), { 'memory.limit_in_bytes': '9223372036854771712' })
  await write(join(mount, 'memory/docker/1'), { 'memory.limit_in_bytes': '1073741824', 'memory.usage_in_bytes': '4096', 'memory.stat': 'inactive_file 1\ntotal_inactive_file 1024\ntotal_active_file 512' })
  await write(join(mount, 'cpu'), { 'cpu.cfs_quota_us': '-1', 'cpu.cfs_period_us': '100000' })
  await write(join(mount, 'cpu/docker/1'), { 'cpu.cfs_quota_us': '150000', 'cpu.cfs_period_us': '100000', 'cpu.stat': 'nr_periods 1\nnr_throttled 1\nthrottled_time 2500000000' })
  const files = { mount, self: join(mount, 'self') }
  t.strictSame(readContainerLimits(files), { memoryBytes: 1024 ** 3, cpus: 1.5 })
  t.strictSame(readContainerUse(files), { usedMemoryBytes: 3072, throttledSeconds: 2.5 })
  await write(join(mount, 'memory/docker/1'), { 'memory.limit_in_bytes': '9223372036854771712' })
  t.equal(readContainerLimits(files).memoryBytes, null, 'the largest number is no limit')
})

t.test('no limit, files that are not there, another system', async (t) => {
  const mount = t.testdir({ unlimited: '0::/\n', v1: '5:memory:/docker/1\n4:cpu:/\n' })
  await write(mount, { 'memory.max': 'max', 'cpu.max': 'max 100000' })
  for (const self of ['unlimited', 'v1', 'not-there']) t.strictSame(readContainerLimits({ mount, self: join(mount, self) }), { memoryBytes: null, cpus: null }, self)
  t.strictSame(readContainerUse({ mount, self: join(mount, 'not-there') }), { usedMemoryBytes: null, throttledSeconds: null })
})
