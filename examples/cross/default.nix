# Build with nix-build --argstr crossSystem aarch64-linux. The pins were created with
#
#     pinfetch init
#     pinfetch add github:bats-core/bats-core
#     pinfetch add --name pandoc --unpack --system x86_64-linux=https://github.com/jgm/pandoc/releases/download/3.6/pandoc-3.6-linux-amd64.tar.gz --system aarch64-linux=https://github.com/jgm/pandoc/releases/download/3.6/pandoc-3.6-linux-arm64.tar.gz
{
  system ? builtins.currentSystem,
  crossSystem ? system,
  pkgs ? import <nixpkgs> { inherit system crossSystem; overlays = [ (import ./overlay.nix) ]; },
}:

pkgs.callPackage ./package.nix { }
