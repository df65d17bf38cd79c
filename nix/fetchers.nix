# The sources that this project is built from, as pinned in pins.json in this directory.
#
#     pins = callPackage ./pinfetch { };        # or: import ./pinfetch { inherit pkgs; }
#     stdenv.mkDerivation { inherit (pins.ripgrep) pname version src; … }
#
# Each pin is the derivation that one nixpkgs fetcher returns, with its known facts (pname version rev
# ref tag date owner repo src) as passthru. `tree-sitter/rust` is `pins.tree-sitter.rust`. Evaluation
# downloads nothing.
#
# Arguments:
#
#   lockFile   the lock to read (default: pins.json in this directory).
#   overrides  local paths or derivations to use instead of pins:
#              { ripgrep = ../ripgrep; "tree-sitter/rust" = a derivation; }
#              In impure evaluation, PINFETCH_OVERRIDE_ripgrep=../ripgrep in the environment does the
#              same.
#   mirrors    where to download from instead, by URL prefix; the longest matching prefix wins:
#              { "https://github.com/" = "https://mirror.example.org/github/"; }
#              The lock and store paths do not change. Mirrors do not apply to private pins, whose
#              credentials are for one host, or to submodules that are named by full URLs.
#   pkgs       the package set; callPackage passes the other arguments from it one by one.
#
# A private pin is downloaded with credentials from the environment of the process that builds, which
# is the nix-daemon if there is one: NIX_GITHUB_PRIVATE_USERNAME and NIX_GITHUB_PRIVATE_PASSWORD for
# GitHub repositories, NIX_PRIVATE_USERNAME and NIX_PRIVATE_PASSWORD for everything else. If the lock
# has a prefix, the names are NIX_<prefix>_GITHUB_PRIVATE_USERNAME and so on.
#
# A pin that differs between systems is the source for the system that the package will run on. For a
# program that runs during a cross build, use buildPackages.pins, with an overlay that defines `pins`.
#
# Written by `pinfetch init`, which overwrites changes: use pinfetch to change pins.json instead.
{
  pkgs ? throw "pinfetch: no package set: use callPackage ./pinfetch { } or import ./pinfetch { inherit pkgs; }",
  lib ? pkgs.lib,
  stdenv ? pkgs.stdenv,
  buildPackages ? pkgs.buildPackages,
  fetchurl ? pkgs.fetchurl,
  fetchzip ? pkgs.fetchzip,
  fetchgit ? pkgs.fetchgit,
  fetchFromGitHub ? pkgs.fetchFromGitHub,
  lockFile ? ./pins.json,
  overrides ? { },
  mirrors ? { },
}:

let
  fetchers = { inherit fetchurl fetchzip fetchgit fetchFromGitHub; };

  # Programs for unpacking that stdenv lacks, by fetchzip's `extension`.
  decompressors = {
    "tar.zst" = [ buildPackages.zstd ];
    "tar.lz" = [ buildPackages.lzip ];
  };

  lock = builtins.fromJSON (builtins.readFile lockFile);

  refresh = "run `pinfetch init` with the version of pinfetch that wrote ${toString lockFile} to refresh the reader";
  fail = name: problem: throw "pinfetch: pin '${name}' ${problem}";

  # The pin with this full name.
  read = name:
    let
      pin = lock.pins.${name};

      call = if pin.fetch ? systems then pin.fetch.systems.${system} or unsupported else pin.fetch;
      system = stdenv.hostPlatform.system;
      unsupported = {
        args = { };
        fetcher = fail name "has no source for ${system}, only for ${
          toString (builtins.attrNames pin.fetch.systems)}: pin it again with `pinfetch add --replace` and one --system for each system, or pass a source in overrides; in a cross build, take programs that run during the build from buildPackages.pins";
      };

      facts = {
        pname = builtins.replaceStrings [ "/" ] [ "-" ] name;
      }
      // builtins.intersectAttrs { owner = null; repo = null; } (pin.source or { })
      // builtins.intersectAttrs { owner = null; repo = null; rev = null; } call.args
      // pin.locked or { }
      // (if builtins.substring 0 10 ref == "refs/tags/" then { tag = builtins.substring 10 (-1) ref; } else { });
      ref = pin.locked.ref or "";

      gitArgs = lib.functionArgs fetchgit;

      fetch =
        if !(fetchers ? ${call.fetcher})
        then fail name "uses the fetcher '${call.fetcher}', which this reader does not support: ${refresh}"
        else if call.args ? rootDir && gitArgs != { } && !(gitArgs ? rootDir)
        then fail name "needs nixpkgs 25.11 or newer: fetchgit in this nixpkgs does not accept rootDir"
        else fetchers.${call.fetcher};

      args =
        if call.fetcher == "fetchzip" && decompressors ? ${call.args.extension or ""}
        then call.args // { nativeBuildInputs = decompressors.${call.args.extension}; }
        else if call.args ? sparseCheckout && !(gitArgs ? rootDir)
        # fetchgit before 23.05 joins a list with spaces, later ones with newlines; one string of lines suits both.
        then call.args // { sparseCheckout = [ (builtins.concatStringsSep "\n" call.args.sparseCheckout) ]; }
        else call.args;

      fetched = fetch (if call ? private then args // credentials name pin call else args);

      variable = "PINFETCH_OVERRIDE_${builtins.replaceStrings [ "/" "-" "+" ] [ "_" "_" "_" ] name}";
      value = builtins.getEnv variable;
    in
    if value != ""
    then builtins.trace "pinfetch: ${variable} replaces pin '${name}' with ${toString (fromEnvironment value)}"
      (replace pin facts (fromEnvironment value))
    else if overrides ? ${name}
    then replace pin facts overrides.${name}
    else fetched.overrideAttrs (final: prev: {
      passthru = prev.passthru or { } // facts // { src = final.finalPackage; };
      # fetchFromGitHub before 25.05 adds these beside the derivation, where overrideAttrs drops them.
      meta = builtins.intersectAttrs { homepage = null; position = null; } (fetched.meta or { }) // prev.meta or { };
    } // (if mirrors == { } || call ? private then { } else redirect prev));

  # Arguments that make a fetcher send the credentials in the builder's environment, to the source's own host
  # only. The builder writes the netrc file, so secrets never reach evaluation or the store.
  credentials = name: pin: call:
    let
      source = pin.source or { };
      isGitHub = source.type or "" == "github";
      prefix = call.private.varPrefix or "";
      base = "NIX_${if prefix == "" then "" else "${prefix}_"}${if isGitHub then "GITHUB_" else ""}PRIVATE_";
      host = if call.fetcher == "fetchFromGitHub" then call.args.githubBase or "github.com" else hostOf call.args.url;
      hosts =
        if source ? owner || source ? host then [ (source.host or forges.${source.type or ""} or null) ]
        else if source ? fetchUrl then [ (hostOf source.fetchUrl) ]
        else map hostOf ((if source ? url then [ source.url ] else [ ]) ++ builtins.attrValues (source.systems or { }));
    in
    # The prefix and the host become part of a shell script, so check both.
    if builtins.match "([A-Z_][A-Z0-9_]*)?" prefix == null
    then fail name "has the invalid varPrefix '${prefix}': use upper-case letters, digits and _, not starting with a digit"
    else if hosts != [ ] && !(builtins.elem host hosts)
    then fail name "is private, but fetches from ${toString host}, and the host of its source is ${
      toString hosts}: credentials are sent only there; run `pinfetch verify`"
    else if call.fetcher == "fetchFromGitHub" && builtins.match ".*:.*" host != null
    then fail name "is private, and fetchFromGitHub sends credentials only to a host without a port: pin it again with such a host"
    else if call.fetcher == "fetchFromGitHub"
    then { private = true; } // (if prefix == "" then { } else { varPrefix = prefix; })
    else if host == null
    then fail name "is private, but its URL is not of the form https://HOST/…: credentials are sent only over https; pin it again with such a URL"
    else {
      netrcPhase = ''
        if [ -z "''$${base}USERNAME" ] || [ -z "''$${base}PASSWORD" ]; then
          echo "pinfetch: this source is private: set ${base}USERNAME and ${base}PASSWORD in the environment of the process that builds (the nix-daemon, if there is one)" >&2
          exit 1
        fi
        printf 'machine %s login %s password %s\n' '${builtins.head (builtins.split ":" host)}' "''$${base}USERNAME" "''$${base}PASSWORD" > netrc
      '';
      netrcImpureEnvVars = [ "${base}USERNAME" "${base}PASSWORD" ];
    };

  # The hosts of sources that name none.
  forges = { github = "github.com"; gitlab = "gitlab.com"; forgejo = "codeberg.org"; bitbucket = "bitbucket.org"; };

  # The host and port of an https URL, or null.
  hostOf = url:
    let found = builtins.match "https://([A-Za-z0-9._-]+(:[0-9]+)?)/.*" url; in
    if found == null then null else builtins.head found;

  # The URL attributes of a fetcher's derivation, rewritten for the mirrors. The last part of a URL stays
  # the same, and so do all names that a fetcher derives from it.
  redirect = prev:
    if prev.urls or null != null then { urls = map atMirror prev.urls; } else { url = atMirror prev.url; };
  atMirror = url:
    let fitting = builtins.filter (prefix: builtins.stringLength prefix < builtins.stringLength url && hasPrefix prefix url) prefixes; in
    if fitting == [ ] then url
    else mirrors.${builtins.head fitting} + builtins.substring (builtins.stringLength (builtins.head fitting)) (builtins.stringLength url) url;
  hasPrefix = prefix: text: builtins.substring 0 (builtins.stringLength prefix) text == prefix;
  prefixes = builtins.sort (a: b: builtins.stringLength a > builtins.stringLength b) (builtins.attrNames mirrors);
  unended = builtins.filter (url: builtins.match ".*/" url == null) (builtins.attrNames mirrors ++ builtins.attrValues mirrors);

  # The path in a PINFETCH_OVERRIDE_… variable; relative paths start at $PWD.
  fromEnvironment = value: /. + (if hasPrefix "/" value then value else "${builtins.getEnv "PWD"}/${value}");

  # The replacement for a pin: a local path, copied to the store without .git, or a store path.
  replace = pin: facts: value:
    let
      call = if pin.fetch ? systems then builtins.head (builtins.attrValues pin.fetch.systems) else pin.fetch;
      isLocal = builtins.isPath value || (builtins.isString value && !(builtins.hasContext value));
      # nixpkgs' name for an unpacked source. A file keeps its name, because stdenv unpacks it by its suffix.
      name = call.args.name or (
        if call.fetcher == "fetchurl" then lib.strings.sanitizeDerivationName (baseNameOf value) else "source"
      );
      copy = builtins.path {
        inherit name;
        path = value;
        filter = path: type: baseNameOf path != ".git";
      };
      self = facts // {
        name = value.name or name;
        outPath = if isLocal then copy else "${value}";
        src = self;
      };
    in
    self;

  # Names grouped by scope. The outermost scope is ".", which is not a valid scope name.
  pinsIn = lib.groupBy builtins.dirOf (builtins.attrNames lock.pins);
  scopesIn = lib.groupBy builtins.dirOf (map (scope: scope.key) (builtins.genericClosure {
    startSet = map (key: { inherit key; }) (builtins.attrNames (removeAttrs pinsIn [ "." ]));
    operator = scope: if builtins.dirOf scope.key == "." then [ ] else [ { key = builtins.dirOf scope.key; } ];
  }));

  # The pins and scopes in a scope, as nested attribute sets.
  open = scope: builtins.listToAttrs (
    map (name: { name = baseNameOf name; value = read name; }) (pinsIn.${scope} or [ ])
    ++ map (name: { name = baseNameOf name; value = open name; }) (scopesIn.${scope} or [ ])
  );

  unknown = builtins.attrNames (removeAttrs overrides (builtins.attrNames lock.pins));
in

if lock.version or null != 1
then throw "pinfetch: ${toString lockFile} has version ${builtins.toJSON (lock.version or null)}, but this reader supports only version 1: ${refresh}"
else if unknown != [ ]
then throw "pinfetch: unknown pins in overrides: ${toString unknown}: run `pinfetch show --plain` to list the pins"
else if unended != [ ]
then throw "pinfetch: URLs without a final slash in mirrors: ${toString unended}: end every URL with `/`"
else open "."
