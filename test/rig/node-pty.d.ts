/// <reference path="../../node_modules/node-pty/node-pty.d.ts" />

// "node-pty" is an alias for a fork that comes compiled (package.json); its types only know the fork's own name.
declare module "node-pty" {
  export * from "@lydell/node-pty";
}
