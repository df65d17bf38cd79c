# The sources that this project is built from, as pinned in the pins.json beside this file.
#
#     pins = callPackage ./pinfetch { };        # or: import ./pinfetch { inherit pkgs; }
#     stdenv.mkDerivation { inherit (pins.ripgrep) pname version src; … }
#
# A pin is the derivation that one nixpkgs fetcher makes, with what is known of it (pname version rev
# ref date owner repo src) as passthru; `tree-sitter/rust` is `pins.tree-sitter.rust`. Nothing is
# downloaded during evaluation.
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
  # What to use instead of a pin: { ripgrep = ../ripgrep; "tree-sitter/rust" = a derivation; }.
  # PINFETCH_OVERRIDE_ripgrep=../ripgrep in the environment does the same where evaluation is impure.
  overrides ? { },
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

      system = stdenv.hostPlatform.system;
      systems = pin.fetch.systems;
      call =
        if pin.fetch ? systems
        then systems.${system} or (fail name "has no source for ${system}, only for ${toString (builtins.attrNames systems)}")
        else pin.fetch;

      facts = {
        pname = builtins.replaceStrings [ "/" ] [ "-" ] name;
      }
      // builtins.intersectAttrs { owner = null; repo = null; } (pin.source or { })
      // builtins.intersectAttrs { owner = null; repo = null; rev = null; } call.args
      // pin.locked or { };

      args = call.args // (
        if call.fetcher == "fetchzip" && decompressors ? ${call.args.extension or ""}
        then { nativeBuildInputs = decompressors.${call.args.extension}; }
        else if call.args ? sparseCheckout
        # One string of lines is the same to a fetchgit that joins a list of them, and right for those before 23.05.
        then { sparseCheckout = [ (builtins.concatStringsSep "\n" call.args.sparseCheckout) ]; }
        else { }
      );

      fetch =
        if !(fetchers ? ${call.fetcher})
        then fail name "uses the fetcher '${call.fetcher}', which this reader does not know: ${refresh}"
        else if call ? private
        then fail name "is private, which this reader does not know: ${refresh}"
        else if args ? rootDir && lib.functionArgs fetchgit != { } && !(lib.functionArgs fetchgit ? rootDir)
        then fail name "needs nixpkgs 25.11 or newer: the fetchgit of this one takes no rootDir"
        else fetchers.${call.fetcher};

      override = fromEnvironment name (overrides.${name} or null);
    in
    if override != null
    then replace facts call override
    else (fetch args).overrideAttrs (final: prev: {
      passthru = prev.passthru or { } // facts // { src = final.finalPackage; };
    });

  # The path that PINFETCH_OVERRIDE_<name> gives, every character that no variable has as `_`; else `default`.
  fromEnvironment = name: default:
    let
      words = builtins.filter builtins.isString (builtins.split "[^A-Za-z0-9_]" name);
      variable = "PINFETCH_OVERRIDE_${builtins.concatStringsSep "_" words}";
      value = builtins.getEnv variable;
      path = /. + (if builtins.substring 0 1 value == "/" then value else "${builtins.getEnv "PWD"}/${value}");
    in
    if value == "" then default
    else builtins.trace "pinfetch: ${variable} replaces pin '${name}' by ${toString path}" path;

  # A pin's stand-in: a local path, copied to the store without .git, or what is in the store already.
  replace = facts: call: value:
    let
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

  # The pins called `names`, all of which begin with `scope`, as nested attribute sets.
  nest = scope: names:
    builtins.mapAttrs
      (component: group:
        let name = scope + component; in
        if lock.pins ? ${name} then read name else nest "${name}/" group)
      (lib.groupBy (name: builtins.head (builtins.split "/" (lib.removePrefix scope name))) names);

  unknown = builtins.attrNames (removeAttrs overrides (builtins.attrNames lock.pins));
in

if lock.version or null != 1
then throw "pinfetch: ${toString lockFile} has version ${builtins.toJSON (lock.version or null)}, and this reader knows version 1: ${refresh}"
else if unknown != [ ]
then throw "pinfetch: overrides has names that are no pins: ${toString unknown}: run `pinfetch show --plain` for those that are"
else nest "" (builtins.attrNames lock.pins)
