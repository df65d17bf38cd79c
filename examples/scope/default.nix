# A package set with its own pins. The following changes one source and everything built from it:
#
#     sets = import ./default.nix { };
#     sets.overrideScope (final: prev: { pins = prev.pins.override { overrides.bats-support = ./bats-support; }; })
#
# The pins were created with
#
#     pinfetch init
#     pinfetch add github:bats-core/bats-core github:bats-core/bats-support github:bats-core/bats-assert
{ pkgs ? import <nixpkgs> { } }:

pkgs.lib.makeScope pkgs.newScope (self: {
  pins = self.callPackage ./pinfetch { };

  bats-support = self.callPackage ./library.nix { pin = self.pins.bats-support; };
  bats-assert = self.callPackage ./library.nix { pin = self.pins.bats-assert; };
  bats = self.callPackage ./bats.nix { };
})
