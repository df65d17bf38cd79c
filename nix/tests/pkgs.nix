# A package set small enough to read, that stands in for nixpkgs in tests.
#
#     pkgs = import ./nix/tests/pkgs.nix { };         # in pure evaluation: { system = "x86_64-linux"; }
#     pins = pkgs.callPackage ./pinfetch { };
#
# Its four fetchers are real: fixed-output derivations that download with curl and git and unpack with
# tar and unzip, to the same tree as those of nixpkgs. They take exactly those arguments of nixpkgs'
# fetchers that a lock may hold, and refuse all others as nixpkgs does; `release` says of which nixpkgs:
#
#   "22.11"  the default and the strictest: a fetched source has no `.override`, fetchgit no `rootDir`
#   "25.11"  fetchers make overridable sources, fetchgit takes `rootDir`
#
# Programs come from `path`, the folders of the machine it runs on. Builders find a list of common ones
# and no others, so that what an archive format needs besides (zstd, lzip) has to be asked for.
#
# A build reads from the environment of the Nix command that starts it, as with nixpkgs:
#
#   http_proxy https_proxy all_proxy no_proxy   (and their upper-case forms) the proxies
#   NIX_GIT_SSL_CAINFO                          the certificates that fetchgit trusts
#
# fetchurl, fetchzip and fetchFromGitHub do not verify TLS: the hash is known.
{
  system ? builtins.currentSystem,
  release ? "22.11",
  path ? "/usr/local/bin:/usr/bin:/bin",
}:

let
  inherit (builtins) head isFunction match removeAttrs substring;

  modern = release != "22.11";

  lib = rec {
    optionalAttrs = condition: set: if condition then set else { };

    removePrefix = prefix: text:
      let length = builtins.stringLength prefix; in
      if substring 0 length text == prefix then substring length (-1) text else text;

    groupBy = builtins.groupBy or (key: builtins.foldl'
      (groups: item: groups // { ${key item} = groups.${key item} or [ ] ++ [ item ]; })
      { });

    strings.sanitizeDerivationName = name:
      let kept = builtins.filter builtins.isString (builtins.split "[^0-9a-zA-Z+._?=-]+" name); in
      builtins.concatStringsSep "-" kept;

    # As in nixpkgs, a function may be a set that says what it takes.
    functionArgs = f: if f ? __functor then f.__functionArgs else builtins.functionArgs f;
    setFunctionArgs = f: args: { __functor = self: f; __functionArgs = args; };

    # Gives the results of f `override`, which calls f again, and which overrideAttrs keeps.
    makeOverridable = f:
      let
        call = args:
          let result = f args; in
          result // {
            override = new: makeOverridable f (args // (if isFunction new then new args else new));
          } // optionalAttrs (result ? overrideAttrs) {
            overrideAttrs = change: makeOverridable (args: (f args).overrideAttrs change) args;
          };
      in
      setFunctionArgs call (functionArgs f);

    callPackageWith = auto: file: args:
      let f = if isFunction file || file ? __functor then file else import file; in
      makeOverridable f (builtins.intersectAttrs (functionArgs f) auto // args);
  };

  # What every build finds in its PATH: links to the programs of the machine.
  linkPrograms = name: programs: derivation {
    inherit name system programs;
    builder = "/bin/sh";
    PATH = path;
    args = [ "-euc" ''
      mkdir -p "$out/bin"
      for program in $programs; do
        if found=$(command -v "$program"); then ln -s "$found" "$out/bin/$program"; fi
      done
    '' ];
  };

  tools = linkPrograms "tools" [
    "awk" "basename" "bzip2" "cat" "chmod" "cp" "curl" "cut" "dirname" "env" "find" "git" "git-lfs" "grep" "gzip"
    "head" "install" "ln" "ls" "mkdir" "mktemp" "mv" "rm" "rmdir" "sed" "sh" "sort" "tail" "tar" "touch" "tr" "uname"
    "uniq" "unzip" "wc" "xargs" "xz"
  ];

  # The derivation of the attributes, with passthru, overrideAttrs and `final` as stdenv's.
  mkDerivation = attrsOrFunction:
    make (if isFunction attrsOrFunction then attrsOrFunction else final: attrsOrFunction);

  make = attrsOf:
    let
      attrs = attrsOf (attrs // { finalPackage = package; });
      inputs = [ tools ] ++ attrs.nativeBuildInputs or [ ];
      drv = derivation ({
        inherit system;
        name = "${attrs.pname}-${attrs.version}";
        builder = "/bin/sh";
        args = [ "-euc" genericBuilder ];
        PATH = builtins.concatStringsSep ":" (map (input: "${input}/bin") inputs);
      } // removeAttrs attrs [ "passthru" "meta" ]);
      package = drv // {
        meta = attrs.meta or { };
        passthru = attrs.passthru or { };
        overrideAttrs = change: make (final:
          let
            previous = attrsOf final;
            once = if isFunction change then change previous else change;
          in
          previous // (if isFunction once then change final previous else once));
      } // attrs.passthru or { };
    in
    package;

  # Enough of stdenv to copy, build and install: the phases are shell code, all but the first are optional.
  genericBuilder = ''
    if [ -n "''${buildCommand:-}" ]; then
      eval "$buildCommand"
    else
      cp -r "$src" source
      chmod -R u+w source
      cd source
      eval "''${buildPhase:-}"
      eval "$installPhase"
    fi
  '';

  impureEnvVars = [
    "http_proxy" "https_proxy" "ftp_proxy" "all_proxy" "no_proxy"
    "HTTP_PROXY" "HTTPS_PROXY" "FTP_PROXY" "ALL_PROXY" "NO_PROXY"
  ];

  overridable = f: if modern then lib.makeOverridable f else lib.setFunctionArgs f (lib.functionArgs f);

  # nixpkgs' pkgs/build-support/fetchurl
  fetchurl = overridable (
    { url, hash, name ? "", executable ? false, recursiveHash ? false, downloadToTemp ? false, postFetch ? ""
    , nativeBuildInputs ? [ ], passthru ? { }, meta ? { } }:
    mkDerivation {
      inherit url executable downloadToTemp postFetch nativeBuildInputs meta impureEnvVars;
      passthru = { resolvedUrl = url; } // passthru;
      name = if name != "" then name else baseNameOf url;
      buildCommand = ''
        downloadedFile=$out
        if [ -n "$downloadToTemp" ]; then downloadedFile=$TMPDIR/file; fi
        if [ -f "$SSL_CERT_FILE" ]; then verify=; else verify=--insecure; fi
        curl --location --max-redirs 20 --disable-epsv --cookie-jar cookies \
          --user-agent "curl/8 Nixpkgs/22.11" --fail --silent --show-error $verify --output "$downloadedFile" "$url"
        if [ -n "$executable" ]; then chmod +x "$downloadedFile"; fi
        eval "$postFetch"
      '';
      SSL_CERT_FILE = "/no-cert-file.crt";
      outputHashAlgo = null;
      outputHash = hash;
      outputHashMode = if executable || recursiveHash then "recursive" else "flat";
    });

  # nixpkgs' pkgs/build-support/fetchzip, with the unpackers of pkgs/stdenv/generic/setup.sh
  fetchzip = lib.setFunctionArgs fetchzip' (lib.functionArgs fetchzip');
  fetchzip' =
    { url, name ? "source", stripRoot ? true, extension ? null, nativeBuildInputs ? [ ], ... }@args:
    fetchurl (removeAttrs args [ "stripRoot" "extension" ] // {
      inherit name nativeBuildInputs;
      recursiveHash = true;
      downloadToTemp = true;
      postFetch = ''
        mkdir "$TMPDIR/unpack"
        cd "$TMPDIR/unpack"
        archive="$TMPDIR/${if extension == null then baseNameOf url else "download.${extension}"}"
        mv "$downloadedFile" "$archive"
        case "$archive" in
          *.tar.xz | *.tar.lzma | *.txz)
            xz -d < "$archive" > ../plain.tar
            tar xf ../plain.tar --mode=+w --warning=no-timestamp ;;
          *.tar | *.tar.* | *.tgz | *.tbz2 | *.tbz)
            tar xf "$archive" --mode=+w --warning=no-timestamp ;;
          *.zip)
            LANG=en_US.UTF-8 unzip -qq "$archive" ;;
          *)
            echo "do not know how to unpack source archive $archive"; exit 1 ;;
        esac
        chmod -R +w .
      '' + (if stripRoot then ''
        if [ "$(ls -A | wc -l)" != 1 ]; then
          echo "error: the archive must contain a single file or directory, or be fetched with stripRoot = false"
          exit 1
        fi
        root=$(ls -A)
        if [ -f "$root" ]; then mkdir "$out"; fi
        mv "$root" "$out"
      '' else ''
        mv "$TMPDIR/unpack" "$out"
      '') + ''
        chmod 755 "$out"
      '';
    });

  # nixpkgs' pkgs/build-support/fetchgit and its nix-prefetch-git
  fetchgit = overridable (if modern then fetchgit25 else fetchgit22);
  fetchgit22 =
    { url, rev, hash, name ? gitName url rev, fetchSubmodules ? true, fetchLFS ? false, sparseCheckout ? ""
    , nonConeMode ? false }:
    checkout {
      inherit url rev hash name fetchSubmodules fetchLFS nonConeMode;
      sparseCheckout = toString sparseCheckout;
    };
  fetchgit25 =
    { url, rev, hash, rootDir ? "", name ? "${gitName url rev}${if rootDir == "" then "" else "-${lib.strings.sanitizeDerivationName (baseNameOf rootDir)}"}"
    , fetchSubmodules ? true, fetchLFS ? false, sparseCheckout ? (if rootDir == "" then [ ] else [ rootDir ])
    , nonConeMode ? rootDir != "", passthru ? { }, meta ? { } }:
    assert builtins.isList sparseCheckout;
    checkout {
      inherit url rev hash name rootDir fetchSubmodules fetchLFS nonConeMode passthru meta;
      sparseCheckout = builtins.concatStringsSep "\n" sparseCheckout;
    };

  gitName = url: rev:
    let matched = match "(.*)\\.git" (baseNameOf url); in
    "${if matched == null then baseNameOf url else head matched}${
      if match "[a-f0-9]*" rev == null then "" else "-${substring 0 7 rev}"}";

  checkout = { url, rev, hash, name, fetchSubmodules, fetchLFS, sparseCheckout, nonConeMode, rootDir ? "", passthru ? { }, meta ? { } }:
    mkDerivation {
      inherit url rev name fetchSubmodules fetchLFS sparseCheckout nonConeMode rootDir meta;
      passthru = { gitRepoUrl = url; } // passthru;
      impureEnvVars = impureEnvVars ++ [ "NIX_GIT_SSL_CAINFO" ];
      buildCommand = ''
        export HOME=$TMPDIR GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
        if [ -n "''${NIX_GIT_SSL_CAINFO:-}" ]; then export GIT_SSL_CAINFO=$NIX_GIT_SSL_CAINFO; fi
        if [ -n "$fetchLFS" ]; then git lfs install; fi
        clone=$TMPDIR/clone
        if [ -z "$rootDir" ]; then clone=$out; fi
        git init --quiet "$clone"
        cd "$clone"
        git remote add origin "$url"
        if [ -n "$sparseCheckout" ]; then
          if [ -n "$nonConeMode" ]; then cone=--no-cone; else cone=; fi
          printf '%s\n' "$sparseCheckout" | git sparse-checkout set --stdin $cone
        fi
        ref=$(git ls-remote origin | awk -v rev="$rev" '$1 == rev { print $2; exit }')
        git fetch --quiet --depth=1 origin "''${ref:-$rev}" ||
          git fetch --quiet origin '+refs/*:refs/remotes/origin/*'
        git checkout --quiet "$rev"
        if [ -n "$fetchSubmodules" ]; then git submodule --quiet update --init --recursive; fi
        find . -name .git -prune -exec rm -rf '{}' +
        if [ -n "$rootDir" ]; then mv "$clone/$rootDir" "$out"; fi
      '';
      outputHashAlgo = null;
      outputHash = hash;
      outputHashMode = "recursive";
    };

  # nixpkgs' pkgs/build-support/fetchgithub
  fetchFromGitHub = overridable (
    { owner, repo, rev, name ? "source", githubBase ? "github.com", ... }@args:
    let baseUrl = "https://${githubBase}/${owner}/${repo}"; in
    fetchzip (removeAttrs args [ "owner" "repo" "rev" "githubBase" ] // {
      inherit name;
      url = "${baseUrl}/archive/${rev}.tar.gz";
    }) // { meta.homepage = baseUrl; inherit rev; });

  stdenv = {
    inherit mkDerivation;
    hostPlatform = { inherit system; };
    buildPlatform = { inherit system; };
  };

  buildPackages = pkgs // {
    zstd = linkPrograms "zstd" [ "zstd" ];
    lzip = linkPrograms "lzip" [ "lzip" ];
  };

  pkgs = {
    inherit pkgs lib stdenv buildPackages fetchurl fetchzip fetchgit fetchFromGitHub;
    callPackage = lib.callPackageWith pkgs;

    # These would run on the host, which is no use to a fetcher.
    zstd = throw "zstd of the host platform, not of the build platform";
    lzip = throw "lzip of the host platform, not of the build platform";
  };
in

pkgs
