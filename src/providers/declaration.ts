/** What is special to one outside API. */
export interface ProviderDeclaration {
  id: string
  baseUrl: string
  headers: Readonly<Record<string, string>>
}
