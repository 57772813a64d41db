import { isPlain, stringWidth, widthOf } from "../src/tui/terminal/width.ts";

/**
 * What the libraries below the screen get for `string-width` and `Intl.Segmenter` when they are bundled. Both load tables that
 * take longer than all of Ink, and give plain characters, of which nearly every text consists, one column and one grapheme each.
 */
export function widthFor(text: string, options?: Parameters<typeof stringWidth>[1]): number {
  return options ? stringWidth(text, options) : widthOf(text);
}

export const graphemes = {
  segment: (text: string): Iterable<Segment> & { containing(index: number): Segment | undefined } => {
    if (!isPlain(text.replaceAll("\n", ""))) {
      segmenter ??= new Intl.Segmenter();
      return segmenter.segment(text);
    }
    const segments = Array.from(text, (segment, index): Segment => ({ segment, index, input: text }));
    return Object.assign(segments, { containing: (index: number) => segments[index] });
  },
};

type Segment = Pick<Intl.SegmentData, "segment" | "index" | "input">;
let segmenter: Intl.Segmenter | undefined;
