# The sources that this project is built from, as pinned in the pins.json beside this file.
#
#     pins = callPackage ./pinfetch { };        # or: import ./pinfetch { inherit pkgs; }
#     stdenv.mkDerivation { inherit (pins.ripgrep) pname version src; … }
#
# A pin is the derivation that one nixpkgs fetcher makes, with what is known of it (pname version rev
# ref date owner repo src) as passthru; `tree-sitter/rust` is `pins.tree-sitter.rust`. Nothing is
# downloaded during evaluation.
#
# Arguments:
#
#   lockFile   another lock than the pins.json beside this file.
#   overrides  what to use instead of a pin, a local path or a derivation:
#              { ripgrep = ../ripgrep; "tree-sitter/rust" = a derivation; }
#              PINFETCH_OVERRIDE_ripgrep=../ripgrep in the environment does the same where evaluation
#              is impure.
#   mirrors    where to download from instead, by the beginnings of URLs; the longest that fits wins:
#              { "https://github.com/" = "https://mirror.example.org/github/"; }
#              Store paths and the lock stay what they are. Left alone are private pins, whose
#              credentials are for one host, and what a submodule names by its full URL.
#   pkgs       the package set; callPackage gives what is needed of it one by one.
#
# A private pin is downloaded with credentials from the environment of the process that builds, the
# nix-daemon where there is one: NIX_GITHUB_PRIVATE_USERNAME and NIX_GITHUB_PRIVATE_PASSWORD for what
# comes from a GitHub repository, NIX_PRIVATE_USERNAME and NIX_PRIVATE_PASSWORD for all else; with a
# prefix in the lock, NIX_<prefix>_GITHUB_PRIVATE_USERNAME and so on.
#
# A pin that differs between systems is the one for the system that a program is built for; a program
# that runs during a cross build comes from buildPackages.pins, where an overlay makes `pins`.
#
# Written by `pinfetch init`, which overwrites it: change pins.json with pinfetch, not this file.
{
  pkgs ? throw "pinfetch: pass pkgs: import ./pinfetch { inherit pkgs; }, or use callPackage ./pinfetch { }",
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

  # What stdenv lacks to unpack an archive, by fetchzip's `extension`.
  decompressors = {
    "tar.zst" = [ buildPackages.zstd ];
    "tar.lz" = [ buildPackages.lzip ];
  };

  lock = builtins.fromJSON (builtins.readFile lockFile);

  refresh = "run `pinfetch init` with the pinfetch that wrote ${toString lockFile}, to refresh the reader";
  fail = name: problem: throw "pinfetch: pin '${name}' ${problem}";

  # One pin, by its full name.
  read = name:
    let
      pin = lock.pins.${name};

      call = if pin.fetch ? systems then pin.fetch.systems.${system} or unsupported else pin.fetch;
      system = stdenv.hostPlatform.system;
      unsupported = {
        args = { };
        fetcher = fail name "has no source for ${system}, only for ${
          toString (builtins.attrNames pin.fetch.systems)}: pin it again with `pinfetch add --replace` and a --system for each, or pass your own in overrides; a tool of a cross build comes from buildPackages.pins";
      };

      facts = {
        pname = builtins.replaceStrings [ "/" ] [ "-" ] name;
      }
      // builtins.intersectAttrs { owner = null; repo = null; } (pin.source or { })
      // builtins.intersectAttrs { owner = null; repo = null; rev = null; } call.args
      // pin.locked or { };

      fetch =
        if !(fetchers ? ${call.fetcher})
        then fail name "uses the fetcher '${call.fetcher}', which this reader does not know: ${refresh}"
        else if call.args ? rootDir && lib.functionArgs fetchgit != { } && !(lib.functionArgs fetchgit ? rootDir)
        then fail name "needs nixpkgs 25.11 or newer: the fetchgit of this one takes no rootDir"
        else fetchers.${call.fetcher};

      args =
        if call.fetcher == "fetchzip" && decompressors ? ${call.args.extension or ""}
        then call.args // { nativeBuildInputs = decompressors.${call.args.extension}; }
        else if call.args ? sparseCheckout
        # One string of lines is the same to a fetchgit that joins a list of them, and right for those before 23.05.
        then call.args // { sparseCheckout = [ (builtins.concatStringsSep "\n" call.args.sparseCheckout) ]; }
        else call.args;

      variable = "PINFETCH_OVERRIDE_${builtins.replaceStrings [ "/" "-" "+" ] [ "_" "_" "_" ] name}";
      value = builtins.getEnv variable;
    in
    if value != ""
    then builtins.trace "pinfetch: ${variable} replaces pin '${name}' by ${toString (fromEnvironment value)}"
      (replace pin facts (fromEnvironment value))
    else if overrides ? ${name}
    then replace pin facts overrides.${name}
    else (fetch (if call ? private then args // credentials name pin call else args)).overrideAttrs (final: prev: {
      passthru = prev.passthru or { } // facts // { src = final.finalPackage; };
    } // (if mirrors == { } || call ? private then { } else redirect prev));

  # What makes a fetcher show the credentials that the building process has. The text of a netrc file
  # is made by the builder: neither evaluation nor the store sees a secret.
  credentials = name: pin: call:
    let
      prefix = call.private.varPrefix or "";
      base = "NIX_${if prefix == "" then "" else "${prefix}_"}${if pin.source.type or "" == "github" then "GITHUB_" else ""}PRIVATE_";
      host = builtins.match "https://([A-Za-z0-9._-]+)(:[0-9]+)?/.*" call.args.url;
    in
    # Both become part of a script.
    if builtins.match "([A-Z_][A-Z0-9_]*)?" prefix == null
    then fail name "has the varPrefix '${prefix}', which is no prefix of an environment variable"
    else if call.fetcher == "fetchFromGitHub"
    then { private = true; } // (if prefix == "" then { } else { varPrefix = prefix; })
    else if host == null
    then fail name "is private, and its URL is not of the form https://HOST/…: credentials are sent over nothing else"
    else {
      netrcPhase = ''
        if [ -z "''$${base}USERNAME" ] || [ -z "''$${base}PASSWORD" ]; then
          echo "pinfetch: this source is private: the process that builds (nix-daemon, where there is one) needs ${base}USERNAME and ${base}PASSWORD in its environment" >&2
          exit 1
        fi
        printf 'machine %s login %s password %s\n' '${builtins.head host}' "''$${base}USERNAME" "''$${base}PASSWORD" > netrc
      '';
      netrcImpureEnvVars = [ "${base}USERNAME" "${base}PASSWORD" ];
    };

  # The attributes of a fetcher's derivation that say where to download from, at the mirrors. As the
  # last part of a URL stays, so do all names that a fetcher makes of it.
  redirect = prev:
    if prev ? urls then { urls = map atMirror prev.urls; } else { url = atMirror prev.url; };
  atMirror = url:
    let fitting = builtins.filter (prefix: builtins.stringLength prefix < builtins.stringLength url && hasPrefix prefix url) prefixes; in
    if fitting == [ ] then url
    else mirrors.${builtins.head fitting} + builtins.substring (builtins.stringLength (builtins.head fitting)) (builtins.stringLength url) url;
  hasPrefix = prefix: text: builtins.substring 0 (builtins.stringLength prefix) text == prefix;
  prefixes = builtins.sort (a: b: builtins.stringLength a > builtins.stringLength b) (builtins.attrNames mirrors);
  unended = builtins.filter (url: builtins.match ".*/" url == null) (builtins.attrNames mirrors ++ builtins.attrValues mirrors);

  # The path that a variable PINFETCH_OVERRIDE_… holds.
  fromEnvironment = value: /. + (if hasPrefix "/" value then value else "${builtins.getEnv "PWD"}/${value}");

  # A pin's stand-in: a local path, copied to the store without .git, or what is in the store already.
  replace = pin: facts: value:
    let
      call = if pin.fetch ? systems then builtins.head (builtins.attrValues pin.fetch.systems) else pin.fetch;
      isLocal = builtins.isPath value || (builtins.isString value && !(builtins.hasContext value));
      # An unpacked source is called as nixpkgs calls it; a file's suffix says how to unpack it.
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

  # Names by the scopes that they are in, "." for the outermost, which no pin's scope is called.
  pinsIn = lib.groupBy builtins.dirOf (builtins.attrNames lock.pins);
  scopesIn = lib.groupBy builtins.dirOf (map (scope: scope.key) (builtins.genericClosure {
    startSet = map (key: { inherit key; }) (builtins.attrNames (removeAttrs pinsIn [ "." ]));
    operator = scope: if builtins.dirOf scope.key == "." then [ ] else [ { key = builtins.dirOf scope.key; } ];
  }));

  # A scope's pins and scopes, as nested attribute sets.
  open = scope: builtins.listToAttrs (
    map (name: { name = baseNameOf name; value = read name; }) (pinsIn.${scope} or [ ])
    ++ map (name: { name = baseNameOf name; value = open name; }) (scopesIn.${scope} or [ ])
  );

  unknown = builtins.attrNames (removeAttrs overrides (builtins.attrNames lock.pins));
in

if lock.version or null != 1
then throw "pinfetch: ${toString lockFile} has version ${builtins.toJSON (lock.version or null)}, and this reader knows version 1: ${refresh}"
else if unknown != [ ]
then throw "pinfetch: overrides has names that are no pins: ${toString unknown}: run `pinfetch show --plain` for those that are"
else if unended != [ ]
then throw "pinfetch: mirrors has URLs without a final slash: ${toString unended}: end both sides with `/`"
else open "."
