import type { MonacoEditor } from "@graphiql/react";

import { marked } from "../marked";

/** The editor itself draws control characters and those that turn the direction. */
const DRAWN = /^U\+(00[0-1][0-9A-F]|007F|202[A-E]|206[6-9]|2028|2029)$/;
const MOST = 1_000;

/** Draws in an editor what would hide in it: a badge with its code point before each such character. */
export function showHidden(editor: MonacoEditor): () => void {
  const shown = editor.createDecorationsCollection();
  const show = () => {
    const model = editor.getModel();
    if (!model) return;
    let from = 0;
    const decorations = [];
    for (const { text, hidden } of marked(model.getValue())) {
      const length = hidden ? (parseInt(text.slice(2), 16) > 0xffff ? 2 : 1) : text.length;
      if (hidden && !DRAWN.test(text) && decorations.length < MOST) {
        const start = model.getPositionAt(from);
        const end = model.getPositionAt(from + length);
        decorations.push({
          range: {
            startLineNumber: start.lineNumber,
            startColumn: start.column,
            endLineNumber: end.lineNumber,
            endColumn: end.column,
          },
          options: { before: { content: `[${text}]`, inlineClassName: "hidden-character" } },
        });
      }
      from += length;
    }
    shown.set(decorations);
  };
  show();
  const watch = editor.onDidChangeModelContent(show);
  return () => {
    watch.dispose();
    shown.clear();
  };
}
