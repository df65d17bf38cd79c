# Completion of pinfetch's commands, flags and pin names for fish.
function __pinfetch_offers
    set -l words (commandline -opc)
    $words --generate-bash-completion 2>/dev/null
end
complete -c pinfetch -a '(__pinfetch_offers)'
