# A package for every pin of the scope `tree-sitter`: nix-build -A rust. Evaluating one looks at no other,
# and a grammar more is one line more in the lock. The pins were made with
#
#     pinfetch init
#     xargs pinfetch add --scope tree-sitter <grammars.txt
{
  pkgs ? import <nixpkgs> { },
  pins ? pkgs.callPackage ./pinfetch { },
}:

pkgs.lib.mapAttrs (name: pin: pkgs.callPackage ./grammar.nix { inherit pin; }) pins.tree-sitter
