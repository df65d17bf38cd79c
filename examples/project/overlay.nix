# `pkgs.pins` for everyone, and what is built from it. A later overlay that changes one pin changes all that use it:
#
#     final: prev: { pins = prev.pins.override { overrides.bats-core = ../bats-core; }; }
final: prev: {
  pins = final.callPackage ./pinfetch { };

  # Takes its pins from the argument `pins`, which is now this overlay's.
  bats = final.callPackage ./package.nix { };
}
