import { marked } from "./marked";

/** Text that somebody else wrote: always text, in its own direction, and with what hides in it shown. */
export function Said({ text }: { text: string }) {
  return (
    <bdi>
      {marked(text).map((piece, place) =>
        piece.hidden ? (
          <span key={place} className="hidden-character">
            {piece.text}
          </span>
        ) : (
          piece.text
        ),
      )}
    </bdi>
  );
}

/** The same, as a code: `id` breaks anywhere. */
export function Coded({ text, id = false }: { text: string; id?: boolean }) {
  return (
    <code {...(id ? { className: "id" } : {})}>
      <Said text={text} />
    </code>
  );
}
