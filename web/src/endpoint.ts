import type { Fetcher, FetcherResultPayload } from "@graphiql/toolkit";

import type { Credentials } from "./credentials";

/** Bytes of a body, and so characters of an editor, that are sent at most; the gateway reads 262,144. */
export const LONGEST = 250_000;

export interface GraphQLError {
  message: string;
  path?: (string | number)[];
  extensions?: Record<string, unknown>;
}

export interface Answer {
  query: string;
  operation: string | null;
  status: number;
  tookMs: number;
  at: Date;
  errors: GraphQLError[];
  extensions: Record<string, unknown>;
}

interface Body {
  query: string;
  variables?: unknown;
  operationName?: string;
}

/** Sends operations to the gateway as the holder of the token, and tells what came back. */
export function endpoint(credentials: Credentials, onAnswer: (answer: Answer) => void): Fetcher {
  return async ({ query, variables, operationName }) => {
    const began = performance.now();
    const name = operationName ? named(query, operationName) : undefined;
    const { status, content } = await send(credentials, { query, variables, operationName: name });
    if (operationName !== "IntrospectionQuery") {
      const { errors = [], extensions = {} } = content as { errors?: GraphQLError[]; extensions?: Answer["extensions"] };
      onAnswer({
        query,
        operation: name ?? null,
        status,
        tookMs: performance.now() - began,
        at: new Date(),
        errors,
        extensions,
      });
    }
    return content as FetcherResultPayload;
  };
}

/** The JSON that the gateway answers; an expired token of the demo is renewed once. */
export async function send(
  credentials: Credentials,
  body: Body,
  signal?: AbortSignal,
): Promise<{ status: number; content: unknown }> {
  const text = JSON.stringify(body);
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > LONGEST) throw new Error(`Not sent: ${bytes} bytes, and the gateway reads at most ${LONGEST}.`);
  const used = await credentials.current();
  let response = await post(text, used, signal);
  if (response.status === 401) {
    const token = await credentials.renewed(used);
    if (token !== null) response = await post(text, token, signal);
  }
  const type = response.headers.get("Content-Type") ?? "";
  if (!type.includes("json")) throw new Error(`The gateway answered HTTP ${response.status} without JSON.`);
  return { status: response.status, content: await response.json() };
}

/** GraphiQL learns of the operations a moment after the text changed: a name from the text before is left out. */
export function named(query: string, operationName: string): string | undefined {
  return new RegExp(`\\b${operationName}\\b`).test(query) ? operationName : undefined;
}

function post(body: string, token: string | null, signal?: AbortSignal): Promise<Response> {
  return fetch("/graphql", {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/graphql-response+json, application/json",
      ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
    },
    body,
    cache: "no-store",
    credentials: "omit",
    referrerPolicy: "no-referrer",
    ...(signal ? { signal } : {}),
  });
}
