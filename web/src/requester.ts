import type { Credentials } from "./credentials";
import type { Client } from "./demo";
import { send } from "./endpoint";

const ME = "query Me { me { organisation client role purposes } }";
const CONSENTS = `query Consents($id: IdNumber!) {
  consents(idNumber: $id, first: 100) { id state purposes items once }
}`;

export interface HeldConsent {
  id: string;
  state: string;
  purposes: string[];
  items: string[] | null;
  once: boolean;
}

/** Whose token it is, as the gateway says; null where it is nobody's. */
export async function readRequester(credentials: Credentials): Promise<Client | null> {
  const { content } = await send(credentials, { query: ME, operationName: "Me" });
  const { data } = content as { data?: { me: Omit<Client, "id" | "title" | "title_zh"> & { client: string } } | null };
  return data ? { ...data.me, id: PASTED, title: data.me.client, title_zh: data.me.client } : null;
}

export const PASTED = "pasted";

/** Consents that this person gave to the requester's organisation, in whatever state; null where they may not be read. */
export async function readConsents(credentials: Credentials, id: string): Promise<HeldConsent[] | null> {
  const body = { query: CONSENTS, operationName: "Consents", variables: { id } };
  const { content } = await send(credentials, body);
  const { data } = content as { data?: { consents: HeldConsent[] | null } | null };
  return data?.consents ?? null;
}
