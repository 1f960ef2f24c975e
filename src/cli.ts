#!/usr/bin/env node
/** The program `label-studio-rtmpose`: work beside the service, on model files and on labelled projects. */
import { createTerminal } from './cli/create-terminal.ts'
import { runCli } from './cli/run-cli.ts'

// `models list | head` closes the pipe early: nobody reads on, and that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

process.exitCode = await runCli(process.argv.slice(2), createTerminal())
