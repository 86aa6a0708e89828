import { type FormEvent, useRef, useState } from "react";

import type { Credentials } from "./credentials";
import type { Words } from "./words";

interface Props {
  credentials: Credentials;
  said: Words;
  onAuthorised: () => void;
  onForgotten: () => void;
}

/** Outside the demo: a token pasted by hand. */
export function TokenField({ credentials, said, onAuthorised, onForgotten }: Props) {
  const field = useRef<HTMLInputElement>(null);
  const [held, setHeld] = useState(false);

  function use(event: FormEvent) {
    event.preventDefault();
    const token = field.current!.value.trim().replace(/^Bearer\s+/i, "");
    if (token === "") return;
    field.current!.value = "";
    credentials.hold(token);
    setHeld(true);
    onAuthorised();
  }

  function forget() {
    credentials.forget();
    setHeld(false);
    onForgotten();
    field.current!.focus();
  }

  return (
    <form className="picker" onSubmit={use} autoComplete="off">
      <div className="field wide">
        <label htmlFor="token">{said.token}</label>
        <input
          id="token"
          ref={field}
          type="password"
          autoComplete="off"
          spellCheck={false}
          aria-describedby="token-hint"
          required
        />
      </div>
      <button type="submit">{said.use}</button>
      <button type="button" className="quiet" onClick={forget} disabled={!held}>
        {said.forget}
      </button>
      <p id="token-hint" className="status" role="status">
        {held ? said.ready : said.noToken}. {said.tokenHint}.
      </p>
    </form>
  );
}
