# An entry point and no more: what evaluates (nixpkgs) is an input, what builds is pinned in ./pinfetch.
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs = { nixpkgs, ... }: {
    overlays.default = import ./overlay.nix;
    nixosModules.default = ./module.nix;

    packages = nixpkgs.lib.genAttrs [ "x86_64-linux" "aarch64-linux" "aarch64-darwin" ] (system: {
      default = nixpkgs.legacyPackages.${system}.callPackage ./package.nix { };
    });
  };
}
