#compdef pinfetch
# Completion of pinfetch's commands, flags and pin names for zsh.
_pinfetch() {
  local -a offers
  offers=("${(@f)$("${(@)words[1,CURRENT-1]}" --generate-bash-completion 2>/dev/null)}")
  compadd -a offers || _files
}
if [ "$funcstack[1]" = "_pinfetch" ]; then
  _pinfetch "$@"
else
  compdef _pinfetch pinfetch
fi
