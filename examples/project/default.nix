# Build with nix-build. The pins were created with
#
#     pinfetch init
#     pinfetch add github:bats-core/bats-core github:StevenBlack/hosts
{ pkgs ? import <nixpkgs> { } }:

pkgs.callPackage ./package.nix { }
