# Only an entry point: nixpkgs, which evaluation needs, is an input; the sources for builds are pinned in ./pinfetch.
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs = { nixpkgs, ... }: {
    overlays.default = import ./overlay.nix;
    nixosModules.default = { imports = [ ./module.nix ]; };

    packages = nixpkgs.lib.genAttrs [ "x86_64-linux" "aarch64-linux" "aarch64-darwin" ] (system: {
      default = nixpkgs.legacyPackages.${system}.callPackage ./package.nix { };
    });
  };
}
