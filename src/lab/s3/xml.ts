/** Text that is put into XML as it is: already escaped, or made by `element`. */
export type Xml = { readonly xml: string };

export const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';
const NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

type Child = string | number | boolean | Xml | undefined;

/** `<name>children</name>`; strings and numbers are escaped, `Xml` is taken as it is, `undefined` leaves no trace. */
export function element(name: string, ...children: readonly Child[]): Xml {
  return { xml: `<${name}>${children.map(textOf).join("")}</${name}>` };
}

/** Many elements as one, for lists. */
export function all(elements: readonly Xml[]): Xml {
  return { xml: elements.map((one) => one.xml).join("") };
}

/** A whole answer: declaration, root element with the namespace of S3, child elements made by `element`. */
export function documentOf(root: string, ...children: readonly (Xml | undefined)[]): string {
  return `${DECLARATION}<${root} xmlns="${NAMESPACE}">${children.map(textOf).join("")}</${root}>`;
}

function textOf(child: Child): string {
  if (child === undefined) return "";
  return typeof child === "object" ? child.xml : escapeXml(String(child));
}

/** Keys may hold line breaks, and a parser would fold a bare CR into LF: both travel as character references. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"\r\n]/g, (character) => ESCAPES[character] ?? character);
}

const ESCAPES: { readonly [character: string]: string } = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#13;",
  "\n": "&#10;",
};

/** Every `<name>…</name>` of flat request XML, inner text still escaped. Request bodies of S3 have no attributes that matter. */
export function innerTexts(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>([\\s\\S]*?)</${name}>`, "g"))].map((match) => match[1]!);
}

export function unescapeXml(text: string): string {
  return text.replace(/&(?:(lt|gt|quot|apos|amp)|#(\d+)|#x([0-9a-fA-F]+));/g, (_, name, decimal, hex) => {
    if (decimal) return String.fromCodePoint(Number(decimal));
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    return NAMED[name] ?? "";
  });
}

const NAMED: { readonly [name: string]: string } = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
