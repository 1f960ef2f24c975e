/**
 * What is done with each command that stands in a document. The first rule that fits counts; a command that none fits fails the
 * test, so whoever writes a new one into a document decides here how it is proved.
 */
export interface CommandRule {
  /** Fits the command without settings in front (NAME=value ...). */
  fits: RegExp
  /**
   * - run: as it stands, in a stand-in for a clone, beside a running service with the starter models.
   * - serve: started, until it answers /ready, then sent SIGTERM, which must end it with exit code 0.
   * - client: only its words are checked against the option table of the command.
   * - container: no engine here; option names against the client, services and targets against the files.
   * - program: takes long; the program is there and knows each option that is named.
   * - elsewhere: something else runs it, which is looked up in `proof`.
   * - foreign: a program of somebody else's, of which nothing is here.
   */
  how: 'run' | 'serve' | 'client' | 'container' | 'program' | 'elsewhere' | 'foreign'
  why: string
  /** elsewhere: the file that runs it, and how it is named there. */
  proof?: readonly [file: string, words: RegExp]
  /** Exit codes that are right; [0] unless told. */
  exits?: readonly number[]
  /** run: what is printed must be JSON. */
  json?: boolean
}

const cli = 'npx label-studio-rtmpose'

export const commandRules: readonly CommandRule[] = [
  { fits: /^(make|npm) start$/, how: 'serve', why: 'a service runs until it is ended' },
  { fits: /^make dev$/, how: 'elsewhere', why: 'the sources take ten times as long to start as the build', proof: ['test/server.test.ts', /'--import', 'tsx', 'src\/server.ts'/] },
  { fits: new RegExp(`^${cli} models (pull|quantize)\\b`), how: 'client', why: 'downloads hundreds of megabytes, or needs an environment of Python; test/model-store and test/cli run them on small files' },
  { fits: new RegExp(`^${cli} sizing .*--url `), how: 'client', why: 'a service that has just been started has estimated too few pictures; test/sizing asks one that has not' },
  // Without a connection between Label Studio and the service some lines say "failed".
  { fits: new RegExp(`^${cli} check\\b`), how: 'run', why: '', exits: [0, 1] },
  // The folder that it looks at is empty here.
  { fits: new RegExp(`^${cli} models verify\\b`), how: 'run', why: '', exits: [0, 1] },
  { fits: new RegExp(`^${cli}\\b`), how: 'run', why: '' },
  { fits: /^curl .*(text\/html|\/events|\/label-config)/, how: 'run', why: '' },
  { fits: /^curl\b/, how: 'run', why: '', json: true },
  { fits: /^(python3|npx tsx|sh) examples\//, how: 'run', why: '' },
  { fits: /^(mkdir|cp) /, how: 'run', why: '' },
  { fits: /^(sudo|journalctl|git|npm version|gh) /, how: 'foreign', why: 'changes the machine or the tree, or asks the network' },
  { fits: /^(label-studio-rtmpose|node dist\/src\/cli\.js)\b/, how: 'client', why: 'the same as behind npx, named in running text or for the container' },
  { fits: /^make (help|test-api)$|^npm run test-api$/, how: 'run', why: '' },
  { fits: /^echo "[A-Z_]+=\$\(openssl rand -hex 24\)" >> \.env$/, how: 'foreign', why: 'would change the settings of the commands after it' },
  { fits: /^sh deploy\/certificates\/make\.sh /, how: 'elsewhere', why: 'needs openssl', proof: ['test/factories/deploy-certificates.ts', /deploy\/certificates\/make\.sh/] },
  { fits: /^(kubectl|helm) /, how: 'foreign', why: 'asks a cluster' },
  { fits: /^docker(-compose)?\b/, how: 'container', why: 'a container engine is not part of the checks' },
  { fits: /^npx openapi-typescript /, how: 'elsewhere', why: 'its generator is installed apart from the project', proof: ['test/client/client.test.ts', /openapi-typescript/] },
  { fits: /^(make|npm) test$/, how: 'elsewhere', why: 'it would run itself', proof: ['.ci/run', /make test\b/] },
  { fits: /^(make|npm run) (lint|typecheck)( (typecheck|test))*$/, how: 'elsewhere', why: 'takes as long as this whole test', proof: ['.ci/run', /make (lint|typecheck)\b/] },
  { fits: /^make audit$/, how: 'elsewhere', why: 'it asks the registry', proof: ['.ci/run', /scripts\/audit\.sh/] },
  { fits: /^make sbom$/, how: 'elsewhere', why: 'it belongs to a release', proof: ['.github/workflows/release.yml', /make --silent sbom/] },
  { fits: /^make docker-check$/, how: 'elsewhere', why: 'it is a step of its own', proof: ['.ci/run', /make docker-check/] },
  { fits: /^(make docs|npm run docs)$/, how: 'elsewhere', why: 'it would write into the tree that is being tested', proof: ['test/docs.test.ts', /renderDocs\(\)/] },
  { fits: /^npm run kernels$/, how: 'elsewhere', why: 'it would write into the tree that is being tested', proof: ['test/workers/row-kernels.test.ts', /assembleKernels|assemble-kernels/] },
  { fits: /^(make test-label-studio|label-studio start|pip install label-studio)$/, how: 'elsewhere', why: 'needs Label Studio, a gigabyte of packages', proof: ['.ci/run', /test-label-studio/] },
  { fits: /^(npm ci( --prefix test\/client)?|npm run build|make dev-install)$/, how: 'elsewhere', why: 'the tests stand on what it has installed and built', proof: ['.ci/run', /make dev-install/] },
  { fits: /^make (bench|test-kills|test-fleet|test-slow|soak|chaos|goldens)\b/, how: 'program', why: 'takes minutes, or needs packages of Python' },
  { fits: /^(npm test -- |npx tap )/, how: 'program', why: 'runs tests, of which this is one' },
  { fits: /^npm run build && npx tsx bench\/|^npx tsx bench\//, how: 'program', why: 'a measurement takes minutes' },
  { fits: /^(venv\/bin\/)?python3? (-m (venv|sources\.)|train_(pose|detector)\.py )|^\.\/train\.sh /, how: 'program', why: 'training takes days' }
]

/** Lines of settings alone, and what stands in front of a command. */
export const settingsInFront = /^(?:[A-Z_]+=(?:"[^"]*"|'[^']*'|\S*)\s*)+(?=\S|$)/

export function ruleFor (command: string): CommandRule | null {
  const words = command.replace(settingsInFront, '')
  return commandRules.find(({ fits }) => fits.test(words)) ?? null
}
