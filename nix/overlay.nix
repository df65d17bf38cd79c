# Adds pinfetch to a package set.
final: prev: { pinfetch = final.callPackage ./package.nix { }; }
