# Does what fetchzip does in each directory DIR: unpacks DIR/download.* to DIR/unpack
# or, with "strip" as the first argument, moves the root of DIR/unpack to DIR/out.
# Prints the directories for which that succeeded.
set -o pipefail
umask 022

unpack() {
	case $1 in
	*.tar.xz | *.tar.lzma | *.txz) xz -d <"$1" | tar xf - --mode=+w --warning=no-timestamp && return ;;
	*.tar | *.tar.* | *.tgz | *.tbz2 | *.tbz) tar xf "$1" --mode=+w --warning=no-timestamp && return ;;
	esac
	[[ $1 == *.zip ]] && LANG=C.UTF-8 unzip -qq "$1"
}

whole() {
	mkdir "$1/unpack" && cd "$1/unpack" && unpack "$1"/download.* && cd / &&
		chmod -R +w "$1/unpack" && chmod 755 "$1/unpack" &&
		chmod -R u+r "$1/unpack" # Nix reads everything, even where it is not root here
}

stripped() {
	local name
	(($(ls -A "$1/unpack" | wc -l) == 1)) || return
	name=$(cd "$1/unpack" && ls -A)
	if [[ -f $1/unpack/$name ]]; then mkdir "$1/out"; fi
	# The last is because the store is not the builder's, where a root that is a link may lead.
	mv "$1/unpack/$name" "$1/out" && [[ ! -L $1/out ]] && chmod 755 "$1/out"
}

step=$1
shift
for dir; do
	if ("$step" "$dir") </dev/null >>"$dir/log" 2>&1; then printf '%s\n' "$dir"; fi
done
