/**
 * What Label Studio itself shows or logs when something about its model is wrong: docs/troubleshooting.md is written from this table,
 * and test/label-studio/real/errors.test.ts provokes each against the real one.
 */
import type { ErrorName } from '../src/errors.ts'

export interface LabelStudioSentence {
  /** As Label Studio writes it; `…` stands for the single case. */
  says: string
  where: string
  means: string
  /** What to do; or the error of ours whose remedy it is. */
  remedy: string | { of: ErrorName }
}

export const labelStudioSentences = {
  reservedAddress: {
    says: 'URL resolves to a reserved network address (block: …)',
    where: 'Settings > Model on connecting, and the answer 403 of POST /api/ml',
    means: 'Label Studio 1.23.2 and newer refuse private addresses. Nothing was asked of this service. If the model stands in the list all the same, ML_BLOCK_LOCAL_IP=false is set and SSRF_PROTECTION_ENABLED=false is missing: then predictions work and events do not arrive, and every further try adds another row.',
    remedy: { of: 'LABEL_STUDIO_BLOCKS_BACKEND' }
  },
  unknownHost: {
    says: 'Can\'t resolve hostname …',
    where: 'Settings > Model on connecting, and the answer 500 of POST /api/ml',
    means: 'The name is not known on the machine (in the container) of Label Studio. It looks for IPv4 addresses only.',
    remedy: { of: 'LABEL_STUDIO_HOST_UNKNOWN' }
  },
  cannotConnect: {
    says: 'Can\'t connect to ML backend …, health check failed. Make sure it is up and your firewall is properly configured.',
    where: 'Settings > Model on connecting; the reason follows "Additional info"',
    means: '"Connection refused": nothing listens there. "timed out": no answer to /health within a second. "Name or service not known": the host name. "CERTIFICATE_VERIFY_FAILED": name the file of the authority in REQUESTS_CA_BUNDLE of Label Studio.',
    remedy: { of: 'BACKEND_UNREACHABLE' }
  },
  notValid: {
    says: 'Successfully connected to … but it doesn\'t look like a valid ML backend. Reason: …',
    where: 'Settings > Model on connecting',
    means: '/health was answered, /setup was not, or with an error. What stands between the number of the status and "for url" is the sentence of this service.',
    remedy: 'Do what that sentence says (they are listed below). With "404" another program answers there: correct host and port.'
  },
  legacyOff: {
    says: 'Authentication token no longer valid: legacy token authentication has been disabled for this organization',
    where: 'The answer 401 to a legacy token; `check` shows it',
    means: 'New installations take personal access tokens only. Label Studio still sends this service a legacy token on connecting, which then opens nothing.',
    remedy: { of: 'LABEL_STUDIO_LEGACY_TOKEN' }
  },
  wrongToken: {
    says: 'Invalid token.',
    where: 'The answer 401 to a legacy token; `check` shows it',
    means: 'No user has this token, or not any more.',
    remedy: { of: 'LABEL_STUDIO_TOKEN' }
  },
  wrongSignature: {
    says: 'Token is invalid',
    where: 'The answer 401 to a personal access token; `check` shows it',
    means: 'The token is cut off or mistyped, or Label Studio signs with another `SECRET_KEY` than when it was made. By itself Label Studio makes a key at its first start and keeps it in the file `.env` of its data folder; a key that begins with "$" (one of fifty) it cannot read back from there, and every token and session ends with its first restart.',
    remedy: 'Set SECRET_KEY in the environment of Label Studio, so that it stays (for example to what openssl rand -hex 24 prints), then create a new personal access token and set LABEL_STUDIO_API_KEY.'
  },
  errorForUrl: {
    says: '… Server Error: … for url: …/predict',
    where: 'Label Studio\'s server log, and the answer of an interactive request; never the interface',
    means: 'This service refused the whole request. Between the status and "for url" stands its sentence.',
    remedy: 'Do what that sentence says (they are listed below). `check` shows it too, under "Latest failures".'
  }
} as const satisfies Record<string, LabelStudioSentence>

/** Where Label Studio shows less than a sentence. */
export const labelStudioSigns = {
  retrieved: {
    says: 'Retrieved … predictions',
    where: 'After Actions > Retrieve Predictions',
    means: 'The number of tasks that were chosen, whatever became of them: also when nothing was stored.',
    remedy: 'Look at "Latest failures" of `check`, or in the log of this service for "no prediction for a task" and "request refused". Tasks that failed are asked for again by the next Retrieve Predictions; those that have a prediction of this version are skipped.'
  },
  disconnected: {
    says: 'Disconnected',
    where: 'Settings > Model',
    means: '/health was not answered within a second: the service is down, the address is wrong, or the protection against private addresses was switched on after connecting. Label Studio keeps no reason.',
    remedy: 'Run `check --project N`: it makes Label Studio try again and say why.'
  },
  error: {
    says: 'Error',
    where: 'Settings > Model',
    means: '/health was answered, /setup was not. The reason is stored and not shown.',
    remedy: 'Run `check --project N`, which shows the reason. The state is asked anew whenever the page is opened.'
  },
  silence: {
    says: '(a task opens without people, and no message)',
    where: 'The label stream, and the editor',
    means: 'The request failed or ran out of time, nobody is on the picture, or the project shows predictions of another version. A task opened by its address can also come without the predictions it has: Label Studio\'s page then shows its copy from the list.',
    remedy: 'Open the task once more. If it stays empty, run `check --project N`: its lines "Latest failures", "pictures" and "versions" tell these apart.'
  },
  emptyInteractive: {
    says: '(a drawn box vanishes, and no points come)',
    where: 'Auto-Annotation in the editor',
    means: 'No person was found in the box, or the request failed: the interface shows no message in both cases.',
    remedy: 'Look at "Latest failures" of `check`. Draw the box around the whole person.'
  }
} as const satisfies Record<string, LabelStudioSentence>
