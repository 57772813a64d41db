// Prints every secret it was given, in every form a program may choose, split at awkward places. Half-way it waits for a
// file named `go`.
const { existsSync } = require("node:fs");

const names = Object.keys(process.env).filter((name) => name.startsWith("SECRET_"));
const forms = (secret) => [
  secret,
  Buffer.from(secret).toString("base64"),
  Buffer.from(`user:${secret}`).toString("base64"),
  Buffer.from(`me:${secret}!`).toString("base64url"),
  Buffer.from(secret).toString("hex"),
  encodeURIComponent(secret),
  new URLSearchParams({ q: secret }).toString(),
  JSON.stringify({ secret }),
  JSON.stringify({ inner: JSON.stringify({ secret }) }),
  `https://user:${encodeURIComponent(secret)}@host/`,
];
const pieces = names.flatMap((name) =>
  forms(process.env[name]).flatMap((form, index) => {
    const middle = 1 + ((index * 7) % (form.length - 1));
    return [`${name}: ${form.slice(0, middle)}`, `${form.slice(middle)}\n`];
  }),
);
let next = 0;
const timer = setInterval(() => {
  if (next > pieces.length / 2 && !existsSync("go")) return;
  for (let count = 0; count < 20 && next < pieces.length; count++, next++) {
    (Math.floor(next / 2) % 2 === 0 ? process.stdout : process.stderr).write(pieces[next]);
  }
  if (next === pieces.length) clearInterval(timer);
}, 5);
