/** The bearer token: in this page's memory only, never in a cookie, a storage or a URL. */
export class Credentials {
  #token: Promise<string | null> = Promise.resolve(null);
  #issue: (() => Promise<string>) | null = null;
  #renewal: { of: string | null; by: Promise<string> } | null = null;

  /** Takes a token that was given by hand; it cannot be renewed here. */
  hold(token: string): void {
    this.#issue = null;
    this.#token = Promise.resolve(token);
  }

  /** Asks an issuer. Whoever reads the token from now on waits for this one, so no request goes out as the client before. */
  obtain(issue: () => Promise<string>): Promise<string> {
    const token = issue();
    this.#issue = issue;
    this.#token = token;
    token.catch(() => undefined); // reported to the caller, and again to whoever sends a request
    return token;
  }

  forget(): void {
    this.#issue = null;
    this.#token = Promise.resolve(null);
  }

  current(): Promise<string | null> {
    return this.#token;
  }

  /** A new token from the same issuer in place of that one, or null where there is none; asked for once, however many need it. */
  renewed(old: string | null): Promise<string | null> {
    if (!this.#issue) return Promise.resolve(null);
    if (this.#renewal?.of !== old) this.#renewal = { of: old, by: this.obtain(this.#issue) };
    return this.#renewal!.by;
  }
}
