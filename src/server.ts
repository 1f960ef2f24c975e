/**
 * Starts the service (src/serve.ts). Until that is loaded and takes SIGTERM and SIGINT itself, they end the process: as the first process of a
 * container it would not get them at all, and would run until it is killed. That takes a part of a second, so it is loaded after this.
 */
const signals = ['SIGTERM', 'SIGINT'] as const
const end = () => { process.exit(0) }
for (const signal of signals) process.on(signal, end)

const { serve } = await import('./serve.ts')
await serve(() => { for (const signal of signals) process.off(signal, end) })
