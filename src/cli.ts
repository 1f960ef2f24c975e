#!/usr/bin/env node
/** The program `label-studio-rtmpose`: work on model files, connections and labelled projects beside the service. */
import { createTerminal } from './cli/create-terminal.ts'
import { runCli } from './cli/run-cli.ts'

// `models list | head` closes the pipe early: nobody reads on, and that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

process.exitCode = await runCli(process.argv.slice(2), createTerminal())
