import t from 'tap'
import { toRefusal, type ApiAnswer } from '../../src/label-studio/client/label-studio-client.ts'
import { explainRefusal, type RefusedRequest } from '../../src/label-studio/explain-refusal.ts'

const address = 'http://127.0.0.1:9090'
const explain = (answer: ApiAnswer, request: RefusedRequest) => {
  const { errorName, detail, message } = explainRefusal(toRefusal(answer, 'POST /api/somewhere'), request)
  return { errorName, detail, message }
}
const detail = (status: number, text: string): ApiAnswer => ({ status, body: { status_code: status, version: '1.23.2', detail: text, exc_info: null } })
const form = (...sentences: string[]): ApiAnswer => ({ status: 400, body: { status_code: 400, detail: 'Validation error', validation_errors: { non_field_errors: sentences } } })
// As Label Studio 1.23.2 writes them.
const healthFailed = (info: string) => form(`Can't connect to ML backend ${address}, health check failed. Make sure it is up and your firewall is properly configured. <a href="https://labelstud.io/guide/ml.html">Learn more</a> about how to set up an ML backend. Additional info: ${info}`)
const setupFailed = (reason: string) => form(`Successfully connected to ${address} but it doesn't look like a valid ML backend. Reason: ${reason}.\nCheck the ML backend server console logs to check the status.There might be something wrong with your model or it might be incompatible with the current labeling configuration.`)

t.test('address protection: which of the two switches is missing', async (t) => {
  const reserved = detail(403, 'URL resolves to a reserved network address (block: 127.0.0.0/8)')
  t.match(explain(reserved, { subject: 'backend', address }), { errorName: 'LABEL_STUDIO_BLOCKS_BACKEND', detail: `${address}, in 127.0.0.0/8`, message: /ML_BLOCK_LOCAL_IP=false and SSRF_PROTECTION_ENABLED=false, both/ })
  for (const request of [{ subject: 'backend', address, isStored: true }, { subject: 'webhook', address }] as const) {
    t.match(explain(reserved, request), { errorName: 'LABEL_STUDIO_BLOCKS_WEBHOOK', message: /SSRF_PROTECTION_ENABLED=false is missing/ })
  }
})

t.test('the way from Label Studio to the service', async (t) => {
  const about = (answer: ApiAnswer) => explain(answer, { subject: 'backend', address })
  t.match(about(detail(500, "Can't resolve hostname ml-backend")), { errorName: 'LABEL_STUDIO_HOST_UNKNOWN', detail: address })
  const refused = "HTTPConnectionPool(host='127.0.0.1', port=9090): Max retries exceeded with url: /health (Caused by NewConnectionError('<urllib3.connection.HTTPConnection object at 0x7f>: Failed to establish a new connection: [Errno 111] Connection refused'))"
  t.match(about(healthFailed(refused)), { errorName: 'BACKEND_UNREACHABLE', detail: `${address}: nothing listens there`, message: /in a container, localhost is the container itself/ })
  t.match(about(healthFailed('404 Client Error: Not Found for url: http://127.0.0.1:9090/health')), { errorName: 'BACKEND_UNREACHABLE', detail: `${address}: 404, Not Found` })
  t.match(about(healthFailed("HTTPConnectionPool(host='10.0.0.9', port=9090): Read timed out. (read timeout=1.0)")), { detail: `${address}: no answer came in time` })
  t.match(about(healthFailed('Expecting value: line 1 column 1 (char 0)')), { detail: `${address}: what answers there is not this service` })
  t.match(about(healthFailed("HTTPSConnectionPool(host='x.example', port=443): Max retries exceeded with url: /health (Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c:1006)')))")), { detail: /REQUESTS_CA_BUNDLE/ })
  t.match(about(healthFailed('something of a later release')), { detail: `${address}: something of a later release` })
  t.match(about(setupFailed('503 Server Error: No model: the file is missing (dwpose.onnx). Run models pull. for url: http://127.0.0.1:9090/setup')), {
    errorName: 'BACKEND_UNFIT', detail: `${address}: 503, No model: the file is missing (dwpose.onnx). Run models pull.`
  })
  t.match(about(form('Able to connect to ML Server, but authentication parameters were either not provided or are incorrect.')), { errorName: 'BACKEND_PASSWORD' })
})

t.test('tokens, projects, webhooks and interfaces', async (t) => {
  t.match(explain(detail(401, 'Authentication token no longer valid: legacy token authentication has been disabled for this organization'), { subject: 'user' }), { errorName: 'LABEL_STUDIO_LEGACY_TOKEN', message: /personal access token/ })
  t.match(explain(detail(401, 'Invalid token.'), { subject: 'user' }), { errorName: 'LABEL_STUDIO_TOKEN', message: /401: Invalid token\./ })
  t.match(explain(detail(404, 'No Project matches the given query.'), { subject: 'project', project: 7 }), { errorName: 'LABEL_STUDIO_PROJECT', detail: '7, 404: No Project matches the given query.' })
  t.match(explain(detail(403, 'You do not have permission to perform this action.'), { subject: 'backend', address, project: 7 }), { errorName: 'LABEL_STUDIO_PROJECT' })
  t.match(explain({ status: 400, body: { validation_errors: { url: ['Enter a valid URL.'] } } }, { subject: 'webhook', address: 'http://ml-backend:9090/webhook', project: 7 }), { errorName: 'LABEL_STUDIO_WEBHOOK_ADDRESS', message: /a name with a dot/ })
  t.match(explain({ status: 400, body: { validation_errors: { label_config: ['There are 3 annotation(s) created with tag "old", you can\'t remove it'] } } }, { subject: 'label config', project: 7 }), { errorName: 'LABEL_STUDIO_CONFIG', detail: 'label_config: There are 3 annotation(s) created with tag "old", you can\'t remove it' })
})

t.test('what is not known stays as Label Studio said it', async (t) => {
  t.match(explain(detail(500, 'list index out of range'), { subject: 'backend', address }), { errorName: 'LABEL_STUDIO_REFUSED', message: /500: list index out of range/ })
  t.match(explain(form('A new rule.'), { subject: 'backend', address }), { errorName: 'LABEL_STUDIO_REFUSED', message: /A new rule/ })
  t.match(explain(detail(403, 'Forbidden'), { subject: 'user' }), { errorName: 'LABEL_STUDIO_REFUSED' })
})
