# Completion of pinfetch's commands, flags and pin names for bash.
_pinfetch() {
  local current=${COMP_WORDS[COMP_CWORD]} offers
  offers=$("${COMP_WORDS[@]:0:COMP_CWORD}" --generate-bash-completion 2>/dev/null)
  mapfile -t COMPREPLY < <(compgen -W "$offers" -- "$current")
}
complete -o default -F _pinfetch pinfetch
