import fastCheck from "fast-check";
import realWidth from "string-width";
import { expect, test } from "vitest";
import { graphemes, widthFor } from "../../scripts/plain-text.ts";
import { isPlain } from "../../src/tui/terminal/width.ts";

const everyCharacter = Array.from({ length: 0x2_0000 }, (_, code) => code)
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code));
const styled = fastCheck
  .array(
    fastCheck.oneof(
      fastCheck.constantFrom(
        "\n",
        "\r\n",
        "\u001b[31m",
        "\u001b[0m",
        "│",
        "…",
        "✔",
        "●",
        "é",
        "e\u0301",
        "界",
        "👩‍👧",
        "🇦🇶",
        "\u00ad",
      ),
      fastCheck.string({ unit: "grapheme", maxLength: 5 }),
    ),
  )
  .map((pieces) => pieces.join(""));

test("every character is as wide in the bundle as string-width says", () => {
  const wrong = everyCharacter.filter((character) => widthFor(character) !== realWidth(character));
  expect(wrong).toEqual([]);
  expect(everyCharacter.filter(isPlain).length).toBeGreaterThan(800);
});

test("text in the bundle has the widths of string-width and the graphemes of Intl.Segmenter", () => {
  const segmenter = new Intl.Segmenter();
  const parameters = { seed: Date.now(), numRuns: 2_000 };
  fastCheck.assert(
    fastCheck.property(styled, (text) => {
      expect(widthFor(text)).toBe(realWidth(text));
      expect(widthFor(text, { countAnsiEscapeCodes: true })).toBe(realWidth(text, { countAnsiEscapeCodes: true }));
      const pick = ({ segment, index }: { segment: string; index: number }): unknown => ({ segment, index });
      expect([...graphemes.segment(text)].map(pick)).toEqual([...segmenter.segment(text)].map(pick));
      expect(graphemes.segment(text).containing(0)?.segment).toBe(segmenter.segment(text).containing(0)?.segment);
    }),
    parameters,
  );
});
