import { registerHooks } from "node:module";

/** Loaded first (`--import`), it makes the optional package look as if it were not installed. */
registerHooks({
  resolve(specifier, context, next) {
    if (specifier !== "chdb") return next(specifier, context);
    throw Object.assign(new Error("Cannot find package 'chdb'"), { code: "ERR_MODULE_NOT_FOUND" });
  },
});
