import type { ArgumentsCamelCase, CommandModule } from "yargs";

const SCRIPTS = {
  bash: `# runsheet completion for bash: eval "$(runsheet completion bash)"
_runsheet() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(runsheet complete-words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
  [ \${#COMPREPLY[@]} -eq 0 ] && COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o filenames -F _runsheet runsheet
`,
  zsh: `#compdef runsheet
# runsheet completion for zsh: eval "$(runsheet completion zsh)"
_runsheet() {
  local -a found
  found=("\${(@f)$(runsheet complete-words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  found=(\${found:#})
  if (( \${#found} )); then compadd -a found; else _files; fi
}
compdef _runsheet runsheet
`,
  fish: `# runsheet completion for fish: runsheet completion fish | source
function __runsheet_words
  set -l words (commandline -opc) (commandline -ct)
  runsheet complete-words -- $words[2..-1] 2>/dev/null
end
complete -c runsheet -a '(__runsheet_words)'
`,
};

type Options = { readonly shell: keyof typeof SCRIPTS };

export const command: CommandModule<object, Options> = {
  command: "completion <shell>",
  describe: "print a completion script for bash, zsh or fish",
  builder: (parser) =>
    parser
      .positional("shell", { choices: ["bash", "zsh", "fish"] as const, demandOption: true })
      .example('eval "$($0 completion bash)"', "in ~/.bashrc")
      .example("$0 completion fish | source", "in ~/.config/fish/config.fish") as never,
  handler: ({ shell }: ArgumentsCamelCase<Options>) => {
    process.stdout.write(SCRIPTS[shell]);
  },
};
