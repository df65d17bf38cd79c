# Builds pinfetch from this directory: nix-build
{ pkgs ? import <nixpkgs> { } }:

pkgs.callPackage ./nix/package.nix { }
