/** Where the service takes Label Studio's events. @param address of the service, as Label Studio reaches it */
export function webhookAddress (address: string): string {
  return `${address.replace(/\/+$/, '')}/webhook`
}
