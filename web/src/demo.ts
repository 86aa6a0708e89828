/** The demo's own doors: who may be played, and a token for the one chosen. Absent outside the demo. */

export interface Client {
  id: string;
  title: string;
  title_zh: string;
  role: string;
  organisation: string;
  purposes: string[];
}

export interface TestPerson {
  id_number: string;
  tags: string[];
  name: string;
  story: string;
}

export interface Choices {
  clients: Client[];
  people: TestPerson[];
  /** Purpose → a made-up number of the kind that an ask for it must name. */
  references: Record<string, string>;
}

/** The demo's choices, or null where the server has none. */
export async function readChoices(): Promise<Choices | null> {
  const response = await fetch("/demo/choices", { headers: { Accept: "application/json" } });
  if (!response.ok) return null;
  const choices = (await response.json()) as Choices;
  return choices.clients.length > 0 && choices.people.length > 0 ? choices : null;
}

/** A bearer token for a client; a person's token names the person. The id number travels in the body, never in the URL. */
export async function issueToken(client: Client, person: TestPerson): Promise<string> {
  const body = isPerson(client) ? { client: client.id, id_number: person.id_number } : { client: client.id };
  const response = await fetch("/demo/token", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`The demo issued no token (HTTP ${response.status}).`);
  return ((await response.json()) as { token: string }).token;
}

export function isPerson(client: Client): boolean {
  return client.role === "person";
}
