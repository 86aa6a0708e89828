import { useEffect, useState } from "react";

import { Choice } from "./Choice";
import { useExchange } from "./exchange/context";
import { plain } from "./marked";
import { type HeldConsent, readConsents } from "./requester";

const OTHER = "other";

interface Props {
  person: string;
  purpose: string;
  consent: string;
  onChoose: (consent: string) => void;
}

/** Where the purpose rests on consent: the gateway's choice, one of those that are held, or an id that is given. */
export function ConsentChoice({ person, purpose, consent, onChoose }: Props) {
  const { said, credentials, onHold } = useExchange();
  const [held, setHeld] = useState<HeldConsent[]>([]);
  const [other, setOther] = useState(false);

  useEffect(() => {
    let latest = true;
    setHeld([]);
    readConsents(credentials, person).then(
      (found) => {
        if (!latest || found === null) return;
        setHeld(found.filter(({ state, purposes }) => state === "ACTIVE" && purposes.includes(purpose)));
        onHold({ person, consents: found.map(({ id }) => id) });
      },
      () => undefined,
    );
    return () => {
      latest = false;
      onHold(null);
    };
  }, [credentials, person, purpose, onHold]);

  function choose(value: string) {
    setOther(value === OTHER);
    onChoose(value === OTHER ? "" : value);
  }

  return (
    <div className="consent">
      <Choice name="consent" label={said.consent} value={other ? OTHER : consent} onChoose={choose}>
        <option value="">{said.anyConsent}</option>
        {held.map(({ id, items, once }) => (
          <option key={id} value={id}>
            {[
              plain(id).slice(0, 14),
              items === null ? said.wholePurpose : said.someItems.replace("{}", String(items.length)),
              ...(once ? [said.once] : []),
            ].join(" · ")}
          </option>
        ))}
        <option value={OTHER}>{said.otherConsent}</option>
      </Choice>
      {other && (
        <input
          aria-label={said.consentId}
          placeholder={said.consentId}
          spellCheck={false}
          autoComplete="off"
          maxLength={200}
          value={consent}
          onChange={(event) => onChoose(event.target.value.trim())}
        />
      )}
    </div>
  );
}
