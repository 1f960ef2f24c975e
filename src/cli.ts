#!/usr/bin/env -S node --max-semi-space-size=1
/**
 * The program `label-studio-rtmpose`: work on model files, connections and labelled projects beside the service.
 * Its first line bounds the room for short-lived objects: Node lets that grow with the length of a run, to 48 MB (docs/jobs.md, Memory).
 */
import { createTerminal } from './cli/create-terminal.ts'
import { runCli } from './cli/run-cli.ts'

// `models list | head` closes the pipe early: nobody reads on, and that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

process.exitCode = await runCli(process.argv.slice(2), createTerminal())
