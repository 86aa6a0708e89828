import type { Fetcher, FetcherResultPayload } from "@graphiql/toolkit";

import type { Credentials } from "./credentials";

/** Sends operations to the gateway as the holder of the token; an expired one of the demo is renewed once. */
export function endpoint(credentials: Credentials): Fetcher {
  return async ({ query, variables, operationName }) => {
    const body = JSON.stringify({ query, variables, operationName: operationName && named(query, operationName) });
    let response = await post(body, await credentials.current());
    if (response.status === 401) {
      const token = await credentials.renewed();
      if (token !== null) response = await post(body, token);
    }
    const type = response.headers.get("Content-Type") ?? "";
    if (!type.includes("json")) throw new Error(`The gateway answered HTTP ${response.status} without JSON.`);
    return (await response.json()) as FetcherResultPayload;
  };
}

/** GraphiQL learns of the operations a moment after the text changed: a name from the text before is left out. */
function named(query: string, operationName: string): string | undefined {
  return new RegExp(`\\b${operationName}\\b`).test(query) ? operationName : undefined;
}

function post(body: string, token: string | null): Promise<Response> {
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
  });
}
