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
