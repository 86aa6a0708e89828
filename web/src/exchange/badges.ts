import type { MonacoEditor } from "@graphiql/react";

import { plain } from "../marked";
import type { Words } from "../words";
import type { Preview, PreviewField } from "./preview";

type Decorations = ReturnType<MonacoEditor["createDecorationsCollection"]>;

/** Beside each field of the query, what it would give; rule and basis on hover (or Ctrl+K Ctrl+I on it). */
export class Badges {
  #shown: Decorations | null = null;
  #editor: MonacoEditor;

  constructor(editor: MonacoEditor) {
    this.#editor = editor;
  }

  show(preview: Preview, said: Words): void {
    const model = this.#editor.getModel();
    if (!model) return;
    const lines = model.getLineCount();
    const decorations = preview.fields.flatMap((field) =>
      field.places
        .filter(({ line }) => line <= lines)
        .map((place) => {
          // The gateway counts characters, the editor UTF-16 units.
          const before = [...model.getLineContent(place.line)].slice(0, place.column - 1).join("").length;
          const start = before + 1;
          return {
            range: {
              startLineNumber: place.line,
              startColumn: start,
              endLineNumber: place.line,
              endColumn: start + place.length,
            },
            options: {
              inlineClassName: `treated treated-${field.treatment.toLowerCase()}`,
              hoverMessage: { value: told(field, said) },
              after: {
                content: `\u00a0${said.treatments[field.treatment]}\u00a0`,
                inlineClassName: `treatment-badge treatment-${field.treatment.toLowerCase()}`,
              },
            },
          };
        }),
    );
    this.clear();
    this.#shown = this.#editor.createDecorationsCollection(decorations);
  }

  clear(): void {
    this.#shown?.clear();
    this.#shown = null;
  }
}

function told(field: PreviewField, said: Words): string {
  const lines = [
    `**${said.treatments[field.treatment]}** · ${escaped(field.item)}`,
    `${said.rule}: ${escaped(field.rule)}`,
    `${said.basis}: ${escaped(field.basis)}`,
  ];
  if (field.rows.length) lines.push(`${said.onlyRows}: ${escaped(field.rows.join(", "))}`);
  if (field.nearest) lines.push(`${said.nearest}: ${escaped(field.nearest.because)} (${escaped(field.nearest.rule)})`);
  return lines.join("\n\n");
}

/** As Markdown text, so that nothing in it is a link, an image or a command. */
function escaped(text: string): string {
  return plain(text).replace(/[\\`*_{}[\]()<>#+.!|~&$:-]/g, "\\$&");
}
