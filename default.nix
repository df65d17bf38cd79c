# pinfetch, built from this folder: nix-build
{ pkgs ? import <nixpkgs> { } }:

pkgs.callPackage ./nix/package.nix { }
