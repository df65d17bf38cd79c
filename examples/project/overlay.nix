# Adds `pkgs.pins` and a package built from it. A later overlay that changes a pin also changes every package that uses it:
#
#     final: prev: { pins = prev.pins.override { overrides.bats-core = ../bats-core; }; }
final: prev: {
  pins = final.callPackage ./pinfetch { };

  # callPackage passes this overlay's `pins`.
  bats = final.callPackage ./package.nix { };
}
