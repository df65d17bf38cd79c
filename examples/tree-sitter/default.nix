# A package for every pin in the scope `tree-sitter`: nix-build -A rust. Evaluating one package evaluates no other,
# and to add a grammar you only add a pin. The pins were created with
#
#     pinfetch init
#     xargs pinfetch add --scope tree-sitter <grammars.txt
{
  pkgs ? import <nixpkgs> { },
  pins ? pkgs.callPackage ./pinfetch { },
}:

pkgs.lib.mapAttrs (name: pin: pkgs.callPackage ./grammar.nix { inherit pin; }) pins.tree-sitter
