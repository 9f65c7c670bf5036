/** What refers to another resource of a plan in a JSON text, by that resource's name alone. */
export function nameReferences(text: string): string {
  return text.replace(/\{"\$ref":"#\/resources\/[^/]+\/([^"]+)\/status\/[^"]+"\}/g, (_, id) => `"${id}"`)
}
